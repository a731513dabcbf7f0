/// The 64 bytes before each payload of a data file. See docs/journal-format.md.
///
///     offset  size  field
///     0       1     type              1
///     1       1     fop
///     2       6     reserved
///     8       8     index
///     16      4     sub
///     20      4     reserved
///     24      16    gfid
///     40      8     length
///     48      8     payload_checksum
///     56      8     header_checksum   of all before
public struct ExtentHeader: Hashable, Sendable {
  public static let byteCount = 64
  static let type: UInt8 = 1

  public var fop: UInt8
  public var index: UInt64
  public var sub: UInt32
  public var gfid: GFID
  public var length: UInt64
  public var payloadChecksum: UInt64

  /// The bytes of a header that begins at `offset` of a file with this seed.
  func encoded(at offset: Int, seed: UInt64) -> [UInt8] {
    var bytes: [UInt8] = [Self.type, fop, 0, 0, 0, 0, 0, 0]
    bytes.reserveCapacity(Self.byteCount)
    bytes.append(integer: index)
    bytes.append(integer: sub)
    bytes.append(integer: UInt32(0))
    bytes += gfid.bytes
    bytes.append(integer: length)
    bytes.append(integer: payloadChecksum)
    bytes.append(integer: xxh3(bytes, seed: seed ^ UInt64(offset)))
    return bytes
  }

  enum Reading {
    case header(ExtentHeader)
    case wrong(stated: UInt64, computed: UInt64)
    case illegal(field: String, value: UInt64)
  }

  /// Reads 64 bytes that begin at `offset` of a file with this seed.
  static func read(_ bytes: ByteView, at offset: Int, seed: UInt64) -> Reading {
    let stated: UInt64 = bytes.load(56)
    let computed = xxh3(bytes.slice(0, 56), seed: seed ^ UInt64(offset))
    guard stated == computed else { return .wrong(stated: stated, computed: computed) }
    guard bytes.load(0) == type else {
      return .illegal(field: "type", value: UInt64(bytes.load(0, as: UInt8.self)))
    }
    guard bytes.slice(2, 6).isZero, bytes.slice(20, 4).isZero else {
      return .illegal(field: "reserved", value: 1)
    }
    return .header(
      ExtentHeader(
        fop: bytes.load(1), index: bytes.load(8), sub: bytes.load(16),
        gfid: GFID(
          high: bytes.load(24, as: UInt64.self).byteSwapped,
          low: bytes.load(32, as: UInt64.self).byteSwapped),
        length: bytes.load(40), payloadChecksum: bytes.load(48)))
  }
}
