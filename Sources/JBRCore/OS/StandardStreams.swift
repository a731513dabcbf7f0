import Glibc

/// Standard output, or another descriptor that the process was given.
public struct DescriptorSink: ByteSink {
  let descriptor: CInt
  /// The name for error messages.
  public let path: String

  public static var standardOutput: DescriptorSink {
    DescriptorSink(descriptor: 1, path: "standard output")
  }
  public static var standardError: DescriptorSink {
    DescriptorSink(descriptor: 2, path: "standard error")
  }

  public func write(_ bytes: ByteView) throws(Failure) {
    var rest = bytes
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { buffer in
        retrying { unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count) }
      }
      guard written >= 0 else {
        // Where a library had to have SIGPIPE ignored, a closed pipe ends a tool all the same.
        if errno == EPIPE { endProcess(by: SIGPIPE) }
        throw .system("write", path: path, .ioError)
      }
      rest = rest.dropFirst(written)
    }
  }
}

/// Holds the numbers of standard streams that are closed, so that no file that is opened later
/// gets one, and with it what is meant for the stream.
///
/// Using the stream is the error that it was before: what holds its number cannot be used its way.
public func holdStandardStreams() {
  for (number, mode) in [(CInt(0), O_WRONLY), (1, O_RDONLY), (2, O_RDONLY)]
  where fcntl(number, F_GETFD) < 0 {
    // The lowest number that is free is given, which is this one.
    _ = unsafe open("/dev/null", mode)
  }
}

/// Standard output of a tool that goes on until a signal comes. A signal that is waited for would
/// not end it while nobody takes what it writes; here it does.
public struct InterruptibleOutput: ByteSink {
  /// A pipe that takes a byte takes as many at once (PIPE_BUF).
  private static let partByteCount = 4096
  private static let interval: CInt = 100
  private let signals: SignalWait

  public init(_ signals: SignalWait) { self.signals = signals }

  public func write(_ bytes: ByteView) throws(Failure) {
    var rest = bytes
    while !rest.isEmpty {
      while standardOutputEvents(CInt(POLLOUT), within: Self.interval) == 0 {
        if let number = signals.received(milliseconds: 0) { endProcess(by: number) }
      }
      try DescriptorSink.standardOutput.write(rest.prefix(Self.partByteCount))
      rest = rest.dropFirst(Self.partByteCount)
    }
  }

  /// Ends the process as a write would if nobody is left to read, so that a tool with nothing to
  /// write ends too.
  public func requireReader() {
    if standardOutputEvents(0, within: 0) & CInt(POLLERR) != 0 { endProcess(by: SIGPIPE) }
  }
}

/// What poll(2) says of standard output.
private func standardOutputEvents(_ wanted: CInt, within milliseconds: CInt) -> CInt {
  var output = pollfd(fd: 1, events: Int16(wanted), revents: 0)
  return unsafe poll(&output, 1, milliseconds) > 0 ? CInt(output.revents) : 0
}

/// Reads a stream line by line, for tools that take lines on standard input.
public struct LineReader {
  /// Longer than any line that a tool prints with the largest payload in base64.
  static let lineByteCountMax = 64 << 20
  private static let blockByteCount = 1 << 16
  private let source: File
  private let path: String
  private var buffer: [UInt8] = []
  private var start = 0
  private var scanned = 0
  private var ended = false
  /// The number of the line that was read last, from 1.
  public private(set) var lineNumber = 0

  /// Opens a file; `-` is standard input.
  public init(path: String) throws(Failure) { try self.init(path: path, faults: nil) }

  init(path: String, faults: (any CallFaults)?) throws(Failure) {
    if path == "-" {
      // A duplicate, so that closing it leaves the process' own descriptor alone.
      source = File(descriptor: dup(0), path: "standard input")
    } else {
      source = try File(path, faults: faults)
      guard try source.status().st_mode & S_IFMT != S_IFDIR else {
        throw Failure(.cannotOpen, "is a directory", path: path)
      }
    }
    self.path = source.path
  }

  /// The next line without its newline; nil behind the last.
  public mutating func next() throws(Failure) -> ByteView? {
    while true {
      if let end = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
        defer {
          start = end + 1
          scanned = start
        }
        lineNumber += 1
        return buffer[start..<end]
      }
      scanned = buffer.count
      if ended { return rest() }
      guard buffer.count - start <= Self.lineByteCountMax else {
        throw Failure(.damaged, "is too long", path: path, at: .line(lineNumber + 1))
      }
      try fill()
    }
  }

  /// Whether another line can be had without waiting for the writer.
  public var hasLine: Bool { buffer[scanned...].contains(UInt8(ascii: "\n")) }

  private mutating func rest() -> ByteView? {
    guard start < buffer.count else { return nil }
    defer { start = buffer.count }
    lineNumber += 1
    return buffer[start...]
  }

  private mutating func fill() throws(Failure) {
    buffer.removeFirst(start)
    scanned -= start
    start = 0
    var block = [UInt8](repeating: 0, count: Self.blockByteCount)
    let got = unsafe block.withUnsafeMutableBytes { space in
      source.making("read") { unsafe Glibc.read(source.descriptor, space.baseAddress, space.count) }
    }
    guard got >= 0 else { throw .system("read", path: path, .ioError) }
    if got == 0 { ended = true }
    buffer += block[..<got]
  }
}

/// Whether standard output is a terminal, where people read tables.
public func standardOutputIsTerminal() -> Bool { isatty(1) == 1 }

/// Whether standard error is a terminal, where people see progress.
public func standardErrorIsTerminal() -> Bool { isatty(2) == 1 }

/// Ends the process at once: what libraries would do at exit can crash while their threads run.
public func exitProcess(_ status: ExitStatus) -> Never {
  fflush(nil)
  _exit(status.rawValue)
}

/// Where files that nobody else needs go: `TMPDIR`, or /tmp.
public func temporaryDirectory() -> String {
  guard let value = unsafe getenv("TMPDIR"), unsafe value.pointee != 0 else { return "/tmp" }
  return unsafe String(cString: value)
}
