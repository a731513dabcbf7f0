import CXXHash

/// A 128-bit digest of content (XXH3), written as 32 hexadecimal digits.
///
/// It tells accidents from equality; it is no proof against somebody who wants a collision.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  public var high: UInt64
  public var low: UInt64

  public var description: String { high.hexadecimal + low.hexadecimal }

  public static func < (left: Digest, right: Digest) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// Computes a `Digest` over bytes that come in parts.
@safe public struct ContentHasher: ~Copyable {
  private let state: OpaquePointer

  public init() {
    // A nil here is memory exhaustion, which Swift itself answers by ending the process.
    guard let made = unsafe XXH3_createState() else { fatalError("out of memory") }
    unsafe state = made
    unsafe XXH3_128bits_reset(state)
  }

  deinit { unsafe XXH3_freeState(state) }

  /// Adds bytes; how they are cut into calls does not matter.
  public mutating func update(_ bytes: some Collection<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
      if let start = buffer.baseAddress { unsafe XXH3_128bits_update(state, start, buffer.count) }
    }
    if done == nil { update([UInt8](bytes)) }
  }

  /// Adds an integer as its bytes, little-endian.
  public mutating func update(integer value: some FixedWidthInteger) {
    var bytes: [UInt8] = []
    bytes.append(integer: value)
    update(bytes)
  }

  /// Adds bytes behind their count, so that no two lists of fields run into each other.
  public mutating func update(counted bytes: some Collection<UInt8>) {
    update(integer: UInt64(bytes.count))
    update(bytes)
  }

  /// The digest of all that was added so far.
  public borrowing func digest() -> Digest {
    let value = unsafe XXH3_128bits_digest(state)
    return Digest(high: value.high64, low: value.low64)
  }
}

/// Output of which only the digest is kept.
final class DigestSink: ByteSink {
  private var hasher = ContentHasher()
  /// Of all that was written so far.
  var digest: Digest { hasher.digest() }

  func write(_ bytes: ByteView) { hasher.update(bytes) }
}

extension Digest {
  /// Parses the 32 digits; nil for anything else.
  public init?(_ description: String) {
    guard description.utf8.count == 32,
      let high = UInt64(description.prefix(16), radix: 16),
      let low = UInt64(description.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  /// The digest of some bytes.
  public init(of bytes: some Collection<UInt8>) {
    let value = bytes.withContiguousStorageIfAvailable { buffer in
      unsafe jbr_xxh3_128(buffer.baseAddress, buffer.count)
    }
    guard let value else {
      self.init(of: [UInt8](bytes))
      return
    }
    self.init(high: value.high64, low: value.low64)
  }

  /// The digest of numbers one behind the other, little-endian, without memory of their own.
  init(_ index: UInt64, _ sub: UInt32, _ digest: Digest) {
    typealias Block = (UInt64, UInt32, UInt32, UInt32, UInt32, UInt32)
    let (high, low) = (digest.high, digest.low)
    let block: Block = (
      index.littleEndian, sub.littleEndian, UInt32(truncatingIfNeeded: high).littleEndian,
      UInt32(truncatingIfNeeded: high >> 32).littleEndian,
      UInt32(truncatingIfNeeded: low).littleEndian,
      UInt32(truncatingIfNeeded: low >> 32).littleEndian
    )
    // Safe: the tuple's 28 bytes have no gap, as its widest field comes first.
    let value = unsafe withUnsafeBytes(of: block) { unsafe XXH3_128bits($0.baseAddress, 28) }
    self.init(high: value.high64, low: value.low64)
  }
}

/// XXH3-64 with a seed, of bytes that lie together.
public func xxh3(_ bytes: some Collection<UInt8>, seed: UInt64) -> UInt64 {
  let value = bytes.withContiguousStorageIfAvailable { buffer in
    unsafe jbr_xxh3_64(buffer.baseAddress, buffer.count, seed)
  }
  return value ?? xxh3([UInt8](bytes), seed: seed)
}

/// Computes XXH3-64 with a seed over bytes that come in parts.
@safe public struct SeededHasher: ~Copyable {
  private let state: OpaquePointer

  public init(seed: UInt64) {
    // A nil here is memory exhaustion, which Swift itself answers by ending the process.
    guard let made = unsafe XXH3_createState() else { fatalError("out of memory") }
    unsafe state = made
    unsafe XXH3_64bits_reset_withSeed(state, seed)
  }

  deinit { unsafe XXH3_freeState(state) }

  /// Adds bytes; how they are cut into calls does not matter.
  public mutating func update(_ bytes: ByteView) {
    unsafe bytes.withUnsafeBytes { buffer in
      if let start = buffer.baseAddress { unsafe XXH3_64bits_update(state, start, buffer.count) }
    }
  }

  /// The checksum of all that was added so far.
  public borrowing func checksum() -> UInt64 { unsafe XXH3_64bits_digest(state) }
}

/// XXH64 with seed 0, which GlusterFS puts into the names of its gfid2path xattrs.
public func xxh64(_ bytes: [UInt8]) -> UInt64 {
  unsafe bytes.withUnsafeBytes { unsafe XXH64($0.baseAddress, $0.count, 0) }
}
