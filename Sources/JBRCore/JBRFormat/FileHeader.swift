/// What every file of a jbr journal but the superblock begins with. See docs/journal-format.md.
///
///     offset  size  field
///     0       8     magic          "JBRjrnl\n"
///     8       2     version        1
///     10      2     kind           event log, data, index
///     12      4     compatible     flags that a reader may ignore
///     16      4     incompatible   flags that a reader must know
///     20      4     number         K of a data file
///     24      16    volume
///     40      16    replica
///     56      8     term
///     64      16    salt
///     80      8     created
///     88      8     generation
///     96      408   reserved
///     504     8     checksum       of all before
public struct FileHeader: Hashable, Sendable {
  public enum Kind: UInt16, Sendable, CaseIterable { case events = 1, data, index }

  /// The version that this library writes, and the only one that it reads.
  public static let version: UInt16 = 1
  /// What comes before a file's first record: the header twice, and zeros.
  public static let areaByteCount = 4096
  static let byteCount = 512
  static let secondCopyOffset = 2048
  static let magic = [UInt8]("JBRjrnl\n".utf8)

  public var kind: Kind
  public var number: UInt32
  public var volume: UniqueID
  public var replica: UniqueID
  public var term: Term
  public var salt: UniqueID
  /// Nanoseconds since 1970.
  public var created: Int64
  public var generation: UInt64

  public init(
    kind: Kind, number: UInt32 = 0, volume: UniqueID, replica: UniqueID, term: Term,
    salt: UniqueID, created: Int64, generation: UInt64
  ) {
    self.kind = kind
    self.number = number
    self.volume = volume
    self.replica = replica
    self.term = term
    self.salt = salt
    self.created = created
    self.generation = generation
  }

  /// The 512 bytes of one copy.
  var copy: [UInt8] {
    var bytes = Self.magic
    bytes.reserveCapacity(Self.byteCount)
    bytes.append(integer: Self.version)
    bytes.append(integer: kind.rawValue)
    bytes.append(integer: UInt64(0))
    bytes.append(integer: number)
    bytes += volume.bytes + replica.bytes
    bytes.append(integer: term.rawValue)
    bytes += salt.bytes
    bytes.append(integer: created)
    bytes.append(integer: generation)
    bytes += [UInt8](repeating: 0, count: 504 - bytes.count)
    bytes.append(integer: xxh3(bytes, seed: 0))
    return bytes
  }

  /// The whole area: two copies and zeros.
  public var encoded: [UInt8] {
    let zeros = [UInt8](repeating: 0, count: Self.secondCopyOffset - Self.byteCount)
    let copy = copy
    return copy + zeros + copy + zeros
  }

  /// What every checksum of the file is seeded with, beside its place.
  public var seed: UInt64 { xxh3(copy[10..<80], seed: 0) }
}

/// A file's header area as it was found.
public struct FileHeaderArea: Sendable {
  /// A stretch of the area that is not as it was written.
  public struct Damage: Equatable, Sendable {
    public var offset: Int
    public var field: String
    public var message: String
    /// nil where bytes are wrong that no checksum covers.
    public var expected: UInt64?
    public var found: UInt64?
  }

  public var header: FileHeader
  /// Empty where both copies are whole and the rest is zero.
  public var damage: [Damage]
}

extension FileHeaderArea {
  /// What was asked for does not have a header that can be used.
  public enum Unusable: Error, Equatable, Sendable {
    /// Nothing but zeros: a file whose making was cut off by a crash.
    case blank
    /// Neither copy is whole.
    case damaged([Damage])
    /// A whole copy of something that this library does not know: a version, a flag or a kind.
    case unknown(field: String, value: UInt64)
  }

  /// Reads the area, whose bytes may be fewer than there should be.
  public static func read(_ bytes: ByteView) throws(Unusable) -> FileHeaderArea {
    if bytes.isZero { throw .blank }
    var damage: [Damage] = []
    var found: [FileHeader] = []
    for offset in [0, FileHeader.secondCopyOffset] {
      guard bytes.count >= offset + FileHeader.byteCount else {
        damage.append(Damage(offset: offset, field: "header", message: "the file ends before it"))
        continue
      }
      let copy = bytes.slice(offset, FileHeader.byteCount)
      let stated: UInt64 = copy.load(504)
      let computed = xxh3(copy.dropLast(8), seed: 0)
      guard stated == computed else {
        damage.append(
          Damage(
            offset: offset, field: "header", message: "its checksum does not match",
            expected: stated, found: computed))
        continue
      }
      found.append(try FileHeader(copy: copy))
    }
    damage += strays(bytes)
    guard let header = found.first else { throw .damaged(damage) }
    if let other = found.last, other != header {
      damage.append(
        Damage(
          offset: FileHeader.secondCopyOffset, field: "header",
          message: "the two copies differ: the file is mixed from two"))
    }
    return FileHeaderArea(header: header, damage: damage)
  }

  /// The zeros between and behind the copies.
  private static func strays(_ bytes: ByteView) -> [Damage] {
    let gaps = [
      FileHeader.byteCount..<FileHeader.secondCopyOffset,
      FileHeader.secondCopyOffset + FileHeader.byteCount..<FileHeader.areaByteCount,
    ]
    var damage: [Damage] = []
    for gap in gaps {
      let present = gap.clamped(to: 0..<bytes.count)
      guard !present.isEmpty, !bytes.slice(present.lowerBound, present.count).isZero else {
        continue
      }
      for offset in present where bytes[bytes.startIndex + offset] != 0 {
        damage.append(Damage(offset: offset, field: "reserved", message: "is not zero"))
        break
      }
    }
    return damage
  }
}

extension FileHeader {
  /// Reads a copy whose checksum is right.
  fileprivate init(copy: ByteView) throws(FileHeaderArea.Unusable) {
    guard copy.prefix(8).elementsEqual(Self.magic) else {
      throw .unknown(field: "magic", value: copy.load(0))
    }
    let version: UInt16 = copy.load(8)
    guard version == Self.version else { throw .unknown(field: "version", value: UInt64(version)) }
    let incompatible: UInt32 = copy.load(16)
    guard incompatible == 0 else {
      throw .unknown(field: "incompatible", value: UInt64(incompatible))
    }
    let number: UInt16 = copy.load(10)
    guard let kind = Kind(rawValue: number) else {
      throw .unknown(field: "kind", value: UInt64(number))
    }
    guard copy.slice(96, 408).isZero else { throw .unknown(field: "reserved", value: 1) }
    self.init(
      kind: kind, number: copy.load(20), volume: UniqueID(copy.slice(24, 16)),
      replica: UniqueID(copy.slice(40, 16)), term: Term(copy.load(56)),
      salt: UniqueID(copy.slice(64, 16)), created: copy.load(80), generation: copy.load(88))
  }
}

extension UniqueID {
  /// Sixteen bytes that are known to be there.
  init(_ bytes: ByteView) {
    self.init(
      high: bytes.load(0, as: UInt64.self).byteSwapped,
      low: bytes.load(8, as: UInt64.self).byteSwapped)
  }
}
