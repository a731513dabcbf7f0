/// A file on a far host, and whether it must be the one that was opened before.
struct FarFile: Wire, Hashable {
  var path: String
  /// Device and inode; nil for whatever is there now.
  var identity: FileIdentity?
  /// Whether a journal's compressed data file is meant as the bytes that it was made of.
  var isDecompressed = false

  init(_ path: String) { self.path = path }

  init(from reader: inout WireReader) throws(FormatError) {
    path = try String(from: &reader)
    identity = try FileIdentity?(from: &reader)
    isDecompressed = try Bool(from: &reader)
  }
  func write(to writer: inout WireWriter) {
    path.write(to: &writer)
    identity.write(to: &writer)
    isDecompressed.write(to: &writer)
  }
}

extension FileIdentity: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(device: try reader.integer(), inode: try reader.integer())
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: device)
    writer.append(integer: inode)
  }
}

extension Stretch: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    let offset: Int = try reader.integer()
    let count: Int = try reader.integer()
    guard offset >= 0, count >= 0, offset <= Int.max - count else {
      throw reader.illegal(0, "a stretch of a file")
    }
    self.init(at: offset, count: count)
    prefix = Array(try reader.counted())
    seed = try reader.integer()
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: offset)
    writer.append(integer: count)
    writer.append(counted: prefix)
    writer.append(integer: seed)
  }
}

/// What a far host is asked for. The numbers are the protocol's.
enum RemoteRequest: Wire {
  case kind(String)
  case names(String)
  case identity(FarFile)
  case byteCount(FarFile)
  case byteCountFromOutside(String)
  case read(FarFile, Stretch)
  case nextData(FarFile, Int)
  case sums(FarFile, Stretch)
  /// Locks a directory until the connection ends.
  case lock(String)
  case processUsing([String])
  /// Opens a brick; the answer is its number.
  case openBrick(String)
  case look(UInt32, BrickLook)
  case change(UInt32, BrickChange)
  /// How many bytes the file system of a path can still take.
  case freeByteCount(String)
  case disk(DiskChange)
  /// About so many bytes of heads of records from a place of an event log on.
  case heads(FarFile, LogPlace, UInt32)
  /// What an event log adds up to, with its payloads in data files looked at or not.
  case termSums(FarFile, Bool)

  /// Whether it can be sent again when nobody knows whether it was done.
  var isHarmless: Bool {
    switch self {
    case .lock, .change, .disk: false
    default: true
    }
  }

  /// Whether nobody waits for the answer: what went wrong is told by a later one.
  var isQuiet: Bool {
    switch self {
    case .disk(.write), .disk(.close): true
    default: false
    }
  }

  /// Whether the answer stands until the brick is changed.
  var isLook: Bool { if case .look = self { true } else { false } }

  init(from reader: inout WireReader) throws(FormatError) {
    let number: UInt8 = try reader.integer()
    switch number {
    case 1: self = .kind(try String(from: &reader))
    case 2: self = .names(try String(from: &reader))
    case 3: self = .identity(try FarFile(from: &reader))
    case 4: self = .byteCount(try FarFile(from: &reader))
    case 5: self = .byteCountFromOutside(try String(from: &reader))
    case 6: self = .read(try FarFile(from: &reader), try Stretch(from: &reader))
    case 7: self = .nextData(try FarFile(from: &reader), try reader.integer())
    case 8: self = .sums(try FarFile(from: &reader), try Stretch(from: &reader))
    case 9: self = .lock(try String(from: &reader))
    case 10: self = .processUsing(try WireList<String>(from: &reader).elements)
    case 11: self = .openBrick(try String(from: &reader))
    case 12: self = .look(try reader.integer(), try BrickLook(from: &reader))
    case 13: self = .change(try reader.integer(), try BrickChange(from: &reader))
    case 14: self = .freeByteCount(try String(from: &reader))
    case 15: self = .disk(try DiskChange(from: &reader))
    case 16:
      self = .heads(
        try FarFile(from: &reader), try LogPlace(from: &reader), try reader.integer())
    case 17: self = .termSums(try FarFile(from: &reader), try Bool(from: &reader))
    default: throw reader.illegal(number, "a request")
    }
  }

  func write(to writer: inout WireWriter) {
    switch self {
    case .kind(let path): writer.put(1, path)
    case .names(let path): writer.put(2, path)
    case .identity(let file): writer.put(3, file)
    case .byteCount(let file): writer.put(4, file)
    case .byteCountFromOutside(let path): writer.put(5, path)
    case .read(let file, let stretch): writer.put(6, file, stretch)
    case .nextData(let file, let offset): writer.put(7, file, offset)
    case .sums(let file, let stretch): writer.put(8, file, stretch)
    case .lock(let path): writer.put(9, path)
    case .processUsing(let paths): writer.put(10, WireList(paths))
    case .openBrick(let path): writer.put(11, path)
    case .look(let brick, let look): writer.put(12, brick, look)
    case .change(let brick, let change): writer.put(13, brick, change)
    case .freeByteCount(let path): writer.put(14, path)
    case .disk(let change): writer.put(15, change)
    case .heads(let file, let place, let count): writer.put(16, file, place, count)
    case .termSums(let file, let isChecking): writer.put(17, file, isChecking)
    }
  }
}

/// With what both sides begin, before any frame: who they are, and what they speak.
struct RemoteGreeting: Equatable {
  /// Raised with every change of what the messages are.
  static let protocolVersion: UInt32 = 4
  static let byteCount = 32
  private static let magic = [UInt8]("jbr far\n".utf8)
  var version = protocolVersion
  /// How long each side may be silent.
  var seconds: UInt32
  /// For messages only.
  var toolkit = Version.toolkit

  init(seconds: Int) { self.seconds = UInt32(clamping: seconds) }

  var bytes: [UInt8] {
    var bytes = Self.magic
    bytes.append(integer: version)
    bytes.append(integer: seconds)
    bytes += toolkit.utf8.prefix(16)
    return bytes + [UInt8](repeating: 0, count: Self.byteCount - bytes.count)
  }

  /// - Returns: nil for what is no greeting.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic) else { return nil }
    version = bytes[...].load(8)
    seconds = bytes[...].load(12)
    toolkit = String(decoding: bytes[16...].prefix { $0 != 0 }, as: UTF8.self)
  }
}
