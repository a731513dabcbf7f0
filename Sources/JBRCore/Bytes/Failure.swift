/// How a tool ends; the same in all tools (sysexits(3) from 64 on).
public enum ExitStatus: Int32, Sendable, Comparable {
  case ok = 0
  /// The check found something: differences, unreconciled terms, failed requests.
  case found = 1
  case usage = 64
  /// Damaged or malformed input.
  case damaged = 65
  case cannotOpen = 66
  /// A needed service or library is missing.
  case unavailable = 69
  case cannotCreate = 73
  case ioError = 74
  /// Locked, or a plan whose inputs have moved.
  case tryAgain = 75
  /// Refused for safety.
  case refused = 77

  public static func < (left: ExitStatus, right: ExitStatus) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// An error as a user sees it: one line with file, place, field, what is wrong and what to do.
public struct Failure: Error, Equatable, Sendable {
  public enum Place: Equatable, Sendable {
    /// Bytes from the start of the file.
    case offset(Int)
    /// A line of text, from 1.
    case line(Int)
    case position(line: Int, column: Int)
  }
  public var status: ExitStatus
  /// The file as the user named it, or a replica's name; nil if the error is about none.
  public var path: String?
  public var place: Place?
  /// The field or option that is wrong.
  public var field: String?
  public var message: String
  /// The error number of the system call that failed, if one did.
  public var errno: Int32?

  public init(
    _ status: ExitStatus, _ message: String, path: String? = nil, at place: Place? = nil,
    field: String? = nil, errno: Int32? = nil
  ) {
    self.status = status
    self.path = path
    self.place = place
    self.field = field
    self.message = message
    self.errno = errno
  }

  /// How a tool ends that found all of these: damage comes first, then what trying again or
  /// planning again does not cure. nil where there are none.
  public static func status(of failures: [Failure]) -> ExitStatus? {
    let order: [ExitStatus] = [
      .damaged, .ioError, .cannotOpen, .cannotCreate, .unavailable, .usage, .refused, .tryAgain,
    ]
    return order.first { status in failures.contains { $0.status == status } }
      ?? failures.first?.status
  }

  /// Adds the file's name to what the format's reader found.
  public init(_ error: FormatError, path: String) {
    self.init(
      .damaged, error.reason.description, path: path, at: .offset(error.offset),
      field: error.field)
  }
}

extension Failure: CustomStringConvertible {
  public var description: String {
    var text = path.map { $0.isEmpty ? "'': " : Failure.visible($0) + ": " } ?? ""
    if let field { text += field + " " }
    switch place {
    case .offset(let offset): text += "at offset \(offset): "
    case .line(let line): text += "at line \(line): "
    case .position(let line, let column): text += "at line \(line), column \(column): "
    case nil: text += field == nil ? "" : ": "
    }
    return text.replacing(" : ", with: ": ") + message
  }

  /// A name from a file, fit for one line of a terminal: control characters are escaped, and bytes
  /// that are not of UTF-8.
  public static func visible(_ text: String) -> String {
    var safe = ""
    for scalar in text.unicodeScalars {
      if scalar.value < 32 || (127..<160).contains(scalar.value) {
        safe += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else if let byte = scalar.exactByte {
        safe += "\\x" + String(byte, radix: 16)
      } else {
        safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }
}
