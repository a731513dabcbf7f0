import JBRCore

/// Three journals of a set whose third replica was away for a while.
extension Bench {
  /// The last `open` requests are not applied yet; of these the first replica alone has the last
  /// hundred; the third lacks `missing` others.
  func replicaSet() throws {
    let count = option("requests", 1_000_000)
    let open = option("open", 10_000)
    let away = count * 9 / 10..<count * 9 / 10 + option("missing", 100_000)
    let volume = UniqueID.fresh(on: SystemDisk())
    let writers = try (0..<3).map { try member($0, of: volume) }
    let content = Payload((0..<100).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    var index = 0
    var group: [(index: Int, event: NewEvent)] = []
    var file = 0
    while index < count {
      for request in Self.small(file, content) where index < count {
        index += 1
        var new = request
        new.index = UInt64(index)
        new.client = UniqueID(high: 3, low: UInt64(index))
        group.append((index, .request(new)))
      }
      file += 1
      guard group.count >= 4000 || index == count else { continue }
      for (number, writer) in writers.enumerated() {
        let events = group.filter { item in
          number == 0 || item.index <= count - 100 && !(number == 2 && away.contains(item.index))
        }.map(\.event)
        if !events.isEmpty { _ = try writer.commit(events) }
      }
      group = []
    }
    let applied = UInt64(count - open)
    for writer in writers {
      _ = try writer.commit([.agreed(first: 1, last: applied, byDecision: false)])
      for state in [RequestState.inProgress, .needFsync, .committed] {
        _ = try writer.commit([.state(state, index: 1, sub: 0, last: applied, results: [])])
      }
    }
  }

  private func member(_ number: Int, of volume: UniqueID) throws -> JournalWriter {
    let disk = SystemDisk()
    let directory = arguments[1] + "/r\(number)"
    var superblock = Superblock(
      volume: volume, replica: .fresh(on: disk), created: disk.time(),
      name: Array("r\(number)".utf8))
    superblock.replicas = 3
    superblock.quorumPercent = 50
    try JournalWriter.create(on: disk, directory: directory, superblock: superblock)
    let writer = try JournalWriter(on: disk, directory: directory)
    try writer.open(Term(1))
    return writer
  }
}
