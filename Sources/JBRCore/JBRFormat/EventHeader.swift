/// The first 104 bytes of every record of an event log. See docs/journal-format.md.
///
///     offset  size  field
///     0       1     type
///     1       1     fop
///     2       2     flags              bit 0: the payload is in a data file
///     4       4     body_length
///     8       4     payload_length     inline bytes
///     12      2     zero_sectors
///     14      2     reserved
///     16      8     sequence
///     24      8     index
///     32      4     sub
///     36      4     reserved
///     40      16    gfid
///     56      8     time
///     64      8     durable
///     72      8     previous
///     80      8     body_checksum
///     88      8     payload_checksum
///     96      8     header_checksum    of all before
public struct EventHeader: Hashable, Sendable {
  public static let byteCount = 104
  public static let bodyByteCountMax = 1 << 20
  public static let inlineByteCountMax = 64 << 10
  /// What the disk writes whole or not at all.
  public static let sectorByteCount = 512
  static let zeroSectorsOffset = 12
  static let durableOffset = 64
  static let previousOffset = 72
  static let checksumOffset = 96

  public var type: UInt8
  /// 0 where the event is no request.
  public var fop: UInt8
  public var payloadIsInDataFile: Bool
  public var bodyLength: Int
  public var payloadLength: Int
  public var zeroSectors: UInt16
  public var sequence: UInt64
  public var index: UInt64
  public var sub: UInt32
  public var gfid: GFID
  /// Nanoseconds since 1970.
  public var time: Int64
  /// Every byte of the file before it was flushed when the record was made.
  public var durable: UInt64
  public var previous: UInt64
  public var bodyChecksum: UInt64
  public var payloadChecksum: UInt64

  /// The record's length with its paddings.
  public var recordByteCount: Int { Self.byteCount + pad8(bodyLength) + pad8(payloadLength) }

  /// The 96 bytes that the checksum covers.
  var unsealed: [UInt8] {
    var bytes: [UInt8] = [type, fop, payloadIsInDataFile ? 1 : 0, 0]
    bytes.reserveCapacity(Self.byteCount)
    bytes.append(integer: UInt32(bodyLength))
    bytes.append(integer: UInt32(payloadLength))
    bytes.append(integer: zeroSectors)
    bytes.append(integer: UInt16(0))
    bytes.append(integer: sequence)
    bytes.append(integer: index)
    bytes.append(integer: sub)
    bytes.append(integer: UInt32(0))
    bytes.append(integer: gfid.high.bigEndian)
    bytes.append(integer: gfid.low.bigEndian)
    bytes.append(integer: time)
    bytes.append(integer: durable)
    bytes.append(integer: previous)
    bytes.append(integer: bodyChecksum)
    bytes.append(integer: payloadChecksum)
    return bytes
  }

  /// What a look at 104 bytes says.
  enum Reading {
    case header(EventHeader, checksum: UInt64)
    /// The checksum that is stored, and that of the bytes.
    case wrong(stated: UInt64, computed: UInt64)
  }

  /// Reads a header that begins at `offset` of a file.
  ///
  /// `bytes` are at least 104. Only a right checksum makes its fields worth a look; whether they
  /// are legal is `illegality`.
  static func read(_ bytes: ByteView, at offset: Int, seed: UInt64) -> Reading {
    let stated: UInt64 = bytes.load(checksumOffset)
    let computed = xxh3(bytes.slice(0, checksumOffset), seed: seed ^ UInt64(offset))
    guard stated == computed else { return .wrong(stated: stated, computed: computed) }
    let gfid = GFID(
      high: bytes.load(40, as: UInt64.self).byteSwapped,
      low: bytes.load(48, as: UInt64.self).byteSwapped)
    let header = EventHeader(
      type: bytes.load(0), fop: bytes.load(1), payloadIsInDataFile: bytes.load(2) & 1 == UInt8(1),
      bodyLength: Int(bytes.load(4, as: UInt32.self)),
      payloadLength: Int(bytes.load(8, as: UInt32.self)), zeroSectors: bytes.load(12),
      sequence: bytes.load(16), index: bytes.load(24), sub: bytes.load(32), gfid: gfid,
      time: bytes.load(56), durable: bytes.load(64), previous: bytes.load(72),
      bodyChecksum: bytes.load(80), payloadChecksum: bytes.load(88))
    return .header(header, checksum: stated)
  }

  /// Whether bytes could begin a record, before a checksum is computed: for the search behind
  /// damage.
  static func isPlausible(_ bytes: ByteView) -> Bool {
    bytes.load(0) != UInt8(0) && bytes.load(14) == UInt16(0) && bytes.load(36) == UInt32(0)
      && bytes.load(4, as: UInt32.self) <= UInt32(bodyByteCountMax)
      && bytes.load(8, as: UInt32.self) <= UInt32(inlineByteCountMax)
  }

  /// What no writer of this version stores; nil if all is legal. The checksum was right.
  static func illegality(_ bytes: ByteView, at offset: Int) -> FormatError? {
    func error(_ value: UInt64, _ expected: String, _ field: String, _ place: Int) -> FormatError {
      FormatError(.illegal(value: value, expected: expected), field, at: offset + place)
    }
    let type: UInt8 = bytes.load(0)
    if type < 128, EventType(rawValue: type) == nil {
      return error(UInt64(type), "an event that this version knows", "type", 0)
    }
    let flags: UInt16 = bytes.load(2)
    if flags & ~1 != 0 { return error(UInt64(flags), "0 or 1", "flags", 2) }
    if bytes.load(14) != UInt16(0) { return error(bytes.load(14), "0", "reserved", 14) }
    if bytes.load(36) != UInt32(0) { return error(1, "0", "reserved", 36) }
    let body: UInt32 = bytes.load(4)
    if body > UInt32(bodyByteCountMax) {
      return error(UInt64(body), "at most \(bodyByteCountMax)", "body_length", 4)
    }
    let payload: UInt32 = bytes.load(8)
    if payload > UInt32(inlineByteCountMax) {
      return error(UInt64(payload), "at most \(inlineByteCountMax)", "payload_length", 8)
    }
    if flags & 1 == 1, payload > 0 { return error(UInt64(payload), "0", "payload_length", 8) }
    return nil
  }
}

/// The kinds of events, by the number that the log stores. Numbers are never reused.
public enum EventType: UInt8, CaseIterable, Sendable {
  case request = 1
  case state = 2
  case rollback = 3
  case agreed = 4
  case overlap = 5
  case copied = 6
  case decision = 7
  case opened = 8
  case closed = 9
  case sealed = 10
  case recovered = 11
  case mark = 12

  /// The event's name in JSON lines.
  public var name: String { "\(self)" }
}

/// The state of a request on one replica, by the number that the log stores.
public enum RequestState: UInt8, CaseIterable, Sendable {
  case uncommitted = 1
  case inProgress = 2
  case needFsync = 3
  case committed = 4
  case invalid = 5

  /// The state's name as users write it.
  public var name: String {
    switch self {
    case .inProgress: "in-progress"
    case .needFsync: "need-fsync"
    default: "\(self)"
    }
  }

  public init?(name: some StringProtocol) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// Whether a request in this state may come into another one.
  ///
  /// After a crash, in-progress and need-fsync mean maybe applied: the request is done again, or a
  /// reconciliation that finds it void puts back what it changed.
  public func mayBecome(_ next: RequestState) -> Bool {
    switch (self, next) {
    case (.uncommitted, .inProgress), (.uncommitted, .invalid): true
    case (.inProgress, .inProgress), (.inProgress, .needFsync), (.inProgress, .committed): true
    case (.needFsync, .inProgress), (.needFsync, .committed): true
    case (.inProgress, .invalid), (.needFsync, .invalid): true
    default: false
    }
  }

  /// Whether nothing more will come of the request here.
  public var isFinal: Bool { self == .committed || self == .invalid }
}
