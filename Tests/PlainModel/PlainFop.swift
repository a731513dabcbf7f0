/// A GFID.
public struct PlainID: Hashable, Sendable, CustomStringConvertible {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// Its 16 bytes; nil for any other number of them.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    func number(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(high: number(bytes[..<8]), low: number(bytes[8...]))
  }

  public var bytes: [UInt8] {
    [high, low].flatMap { part in (0..<8).map { UInt8(truncatingIfNeeded: part >> (56 - 8 * $0)) } }
  }

  public static let root = PlainID(high: 0, low: 1)

  /// Lower case, with hyphens.
  public var description: String {
    let digits = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    var text = ""
    for (position, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(position) { text.append("-") }
      text.append(digit)
    }
    return text
  }
}

/// A name in a directory.
public struct PlainName: Hashable, Sendable {
  public var parent: PlainID
  public var name: String

  public init(_ parent: PlainID, _ name: String) { (self.parent, self.name) = (parent, name) }
}

/// A time of a file.
public struct PlainTime: Hashable, Sendable {
  public var seconds: Int
  public var nanoseconds: Int

  public init(_ seconds: Int, _ nanoseconds: Int) {
    (self.seconds, self.nanoseconds) = (seconds, nanoseconds)
  }
}

/// What is to be done to a tree: the journaled fops, each with what of it matters.
public enum PlainFop: Sendable {
  /// What a setattr sets; nil leaves it.
  public struct Attributes: Sendable {
    public var mode: UInt32?
    public var uid: UInt32?
    public var gid: UInt32?
    public var atime: PlainTime?
    public var mtime: PlainTime?

    public init() {}
  }

  /// An object to be made.
  public struct New: Sendable {
    public enum Kind: Sendable {
      case file(flags: Int32)
      case directory
      case node(rdev: UInt64)
      case symlink(target: String)
    }
    public var kind: Kind
    /// What the client's umask has left of it; of a node with its type.
    public var mode: UInt32
    /// What the request brings along in its xdata.
    public var xattr: (key: String, value: [UInt8])?

    public init(_ kind: Kind, mode: UInt32, xattr: (key: String, value: [UInt8])?) {
      (self.kind, self.mode, self.xattr) = (kind, mode, xattr)
    }
  }

  case make(PlainName, PlainID, New)
  case link(PlainID, PlainName)
  case unlink(PlainName)
  case rmdir(PlainName)
  case rename(PlainName, PlainName)
  case write(PlainID, [UInt8], at: Int, appends: Bool)
  case truncate(PlainID, to: Int, open: Bool)
  case fallocate(PlainID, Range<Int>)
  case discard(PlainID, Range<Int>)
  case zerofill(PlainID, Range<Int>)
  case setattr(PlainID, Attributes, open: Bool)
  case setxattr(PlainID, key: String, value: [UInt8], flags: Int32, open: Bool)
  case removexattr(PlainID, key: String, open: Bool)
  case xattrop(PlainID, operation: Int32, key: String, value: [UInt8])
}
