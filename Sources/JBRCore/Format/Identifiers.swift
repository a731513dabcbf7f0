/// The 128-bit id of a file or directory, the same on all replicas.
public struct GFID: Hashable, Comparable, Sendable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The null GFID: "not known yet" in a record, never a file.
  public static let null = GFID(high: 0, low: 0)

  /// The brick's root directory.
  public static let root = GFID(high: 0, low: 1)

  static let byteCount = 16

  /// Reads the 16 bytes as GlusterFS stores them, most significant first.
  /// - Returns: nil unless there are exactly 16.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self = .null
    for (index, byte) in bytes.enumerated() {
      if index < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
    }
  }

  /// The 16 bytes, most significant first.
  public var bytes: [UInt8] {
    (0..<16).map { index in
      let half = index < 8 ? high : low
      return UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * (index % 8)))
    }
  }

  public static func < (left: GFID, right: GFID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

extension GFID: CustomStringConvertible, LosslessStringConvertible {
  /// Where the hyphens of the canonical form stand.
  private static let hyphens: Set<Int> = [8, 13, 18, 23]

  /// Lower case with hyphens, as `getfattr` users know it.
  public var description: String {
    var text: [UInt8] = []
    text.reserveCapacity(36)
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the canonical form: 8, 4, 4, 4 and 12 digits.
  func append(to text: inout [UInt8]) {
    for digit in 0..<32 {
      if digit == 8 || digit == 12 || digit == 16 || digit == 20 { text.append(UInt8(ascii: "-")) }
      let half = digit < 16 ? high : low
      let value = half >> UInt64(60 - 4 * (digit % 16)) & 15
      text.append(hexadecimalDigits[Int(truncatingIfNeeded: value)])
    }
  }

  /// Parses the canonical form, of either case; nil for anything else.
  public init?(_ description: String) {
    let text = [UInt8](description.utf8)
    guard text.count == 36 else { return nil }
    self = .null
    for (index, character) in text.enumerated() {
      if Self.hyphens.contains(index) {
        guard character == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = hexadecimalValue(character) else { return nil }
      high = high << 4 | low >> 60
      low = low << 4 | UInt64(digit)
    }
  }
}

/// A UUID of something other than a file: of a volume, a replica, a client's request, a salt.
public struct UniqueID: Hashable, Sendable, CustomStringConvertible, LosslessStringConvertible {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// "None" wherever an id may be left out.
  public static let null = UniqueID(high: 0, low: 0)

  private init(_ id: GFID) { self.init(high: id.high, low: id.low) }

  /// Reads the 16 bytes, most significant first; nil unless there are exactly 16.
  public init?(bytes: some Collection<UInt8>) {
    guard let id = GFID(bytes: bytes) else { return nil }
    self.init(id)
  }

  /// The 16 bytes, most significant first.
  public var bytes: [UInt8] { GFID(high: high, low: low).bytes }

  /// Lower case with hyphens.
  public var description: String { GFID(high: high, low: low).description }

  /// Parses the canonical form, of either case; nil for anything else.
  public init?(_ description: String) {
    guard let id = GFID(description) else { return nil }
    self.init(id)
  }
}

/// The reign of one leader; numbered upward from 1.
public struct Term: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  public var rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  public var description: String { String(rawValue) }
  public static func < (left: Term, right: Term) -> Bool { left.rawValue < right.rawValue }
}

/// The name of a request: (term, index), and for a request without an index of its own, how many
/// such requests stand between it and the one before that has an index.
public struct RequestID: Hashable, Comparable, Sendable {
  public var term: Term
  public var index: UInt64
  /// 0 for a request with an index of its own; 1 for the first behind it without, and so on.
  public var sub: UInt32

  public init(term: Term, index: UInt64, sub: UInt32 = 0) {
    self.term = term
    self.index = index
    self.sub = sub
  }

  public static func < (left: RequestID, right: RequestID) -> Bool {
    (left.term, left.index, left.sub) < (right.term, right.index, right.sub)
  }
}

extension RequestID: CustomStringConvertible, LosslessStringConvertible {
  /// `3/17`, or `3/17+1` for the first request behind 17 that has no index.
  public var description: String {
    sub == 0 ? "\(term)/\(index)" : "\(term)/\(index)+\(sub)"
  }

  /// Parses `3/17` and `3/17+1`; nil for anything else.
  public init?(_ description: String) {
    let halves = description.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, let term = UInt64(halves[0]) else { return nil }
    let parts = halves[1].split(separator: "+", omittingEmptySubsequences: false)
    guard parts.count <= 2, let index = UInt64(parts[0]) else { return nil }
    var sub: UInt32 = 0
    if parts.count == 2 {
      guard let value = UInt32(parts[1]), value > 0 else { return nil }
      sub = value
    }
    self.init(term: Term(term), index: index, sub: sub)
  }
}

/// Bytes that may stand between two slashes of a path.
public enum FileName {
  /// Whether the bytes are one component: not empty, not `.` or `..`, without `/` and NUL.
  public static func isComponent(_ name: some Collection<UInt8>) -> Bool {
    let dot = UInt8(ascii: ".")
    return !name.isEmpty && !name.elementsEqual([dot]) && !name.elementsEqual([dot, dot])
      && !name.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
  }
}

extension LineBuilder {
  public mutating func field(_ key: String, _ value: GFID) {
    field(key, plain: value.append)
  }

  /// Leaves the field out where there is no value.
  public mutating func field(_ key: String, _ value: GFID?) {
    if let value { field(key, value) }
  }
}
