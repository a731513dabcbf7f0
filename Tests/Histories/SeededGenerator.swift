package import JBRCore

/// A generator with a seed (SplitMix64), so that a failure can be run again.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  /// The longest name, key and value; small where each byte of a journal costs a test.
  package let byteCountMax: Int

  package init(seed: UInt64, byteCountMax: Int = 1000) {
    state = seed
    self.byteCountMax = byteCountMax
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension SeededGenerator {
  package mutating func bytes(_ count: Int) -> ByteView {
    ByteView((0..<count).map { _ in UInt8(truncatingIfNeeded: next()) })
  }
}
