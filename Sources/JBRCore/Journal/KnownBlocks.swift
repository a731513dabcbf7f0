import Synchronization

/// What was read of blocks of requests in some journal of a command's. What another journal holds
/// just so, as its sums say, need not be read there, which matters where that is another host.
public final class KnownBlocks<Value: Sendable>: Sendable {
  /// What tells a block from all others.
  private struct Key: Hashable {
    var term: Term
    var number: UInt64
    var count: UInt64
    var digest: Digest
  }

  private let found = Mutex<[Key: [Value]]>([:])

  public init() {}

  /// What is known of a block; nil where nothing is, or it must be looked at singly.
  func values(of block: RequestBlock, _ number: UInt64, in term: Term) -> [Value]? {
    Self.key(block, number, term).flatMap { key in found.withLock { $0[key] } }
  }

  /// Takes what was read of a block.
  func learn(_ values: [Value], of block: RequestBlock, _ number: UInt64, in term: Term) {
    guard let key = Self.key(block, number, term) else { return }
    found.withLock { found in
      if found[key] == nil { found[key] = values }
    }
  }

  private static func key(_ block: RequestBlock, _ number: UInt64, _ term: Term) -> Key? {
    guard !block.isSpecial else { return nil }
    return Key(term: term, number: number, count: block.count, digest: block.digest)
  }
}

extension TermSums {
  /// What is known of a term's blocks, block by block in the order of their numbers, and the blocks
  /// of which nothing is.
  func parted<Value>(
    _ known: KnownBlocks<Value>?, in term: Term
  ) -> (values: [[Value]], unknown: [UInt64: RequestBlock]) {
    var values: [[Value]] = []
    var unknown: [UInt64: RequestBlock] = [:]
    for (number, block) in blocks.sorted(by: { $0.key < $1.key }) {
      if let those = known?.values(of: block, number, in: term) {
        values.append(those)
      } else {
        unknown[number] = block
      }
    }
    return (values, unknown)
  }
}

/// Values sorted into blocks, with what each block adds up to.
struct BlockSorter<Value: Sendable> {
  private var blocks: [Term: [UInt64: (block: RequestBlock, values: [Value])]] = [:]

  /// Takes a request; of a special one the whole block is known to nobody.
  mutating func take(_ value: Value, _ id: RequestID, _ digest: Digest, isSpecial: Bool) {
    let number = id.index / RequestBlock.size
    // Taken out, since to append to an array that is in two places would copy it.
    var own = blocks[id.term, default: [:]].removeValue(forKey: number) ?? (RequestBlock(), [])
    own.block.count += 1
    own.block.digest.add(index: id.index, sub: id.sub, digest: digest)
    if isSpecial || id.sub > 0 { own.block.isSpecial = true }
    own.values.append(value)
    blocks[id.term, default: [:]][number] = own
  }

  /// Has everybody know them.
  func teach(_ known: KnownBlocks<Value>) {
    for (term, blocks) in blocks {
      for (number, own) in blocks { known.learn(own.values, of: own.block, number, in: term) }
    }
  }
}
