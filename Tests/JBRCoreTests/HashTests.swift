import Histories
import Testing

@testable import JBRCore

/// XXH3 with the widest vectors of this machine against the library's own.
@Suite struct HashTests {
  @Test func allLengthsHashAsTheLibraryHashesThem() {
    var random = SeededGenerator(seed: 3)
    let bytes = (0..<9000).map { _ in UInt8.random(in: 0...255, using: &random) }
    for count in Array(0...1100) + [4095, 4096, 4097, 8999] {
      let part = bytes.prefix(count)
      let seed = random.next()
      var seeded = SeededHasher(seed: seed)
      seeded.update(part)
      #expect(xxh3(part, seed: seed) == seeded.checksum(), "\(count)")
      var content = ContentHasher()
      content.update(part)
      #expect(Digest(of: part) == content.digest(), "\(count)")
    }
  }
}
