import Histories

@testable import JBRCore

/// One of each structure of a jbr journal, with every field used.
enum JournalBodies {
  static func samples(_ random: inout SeededGenerator) -> [Event] {
    let digest = Digest(high: 1, low: 2)
    let body = RequestBody(
      client: UniqueID(high: 3, low: 4), digest: digest, failed: [1...2, 5...5], dataFile: 1,
      dataOffset: 4160, dataLength: 9,
      arguments: ArgumentsCodec.encode(random.request(.writev))[...])
    var trailer = Trailer()
    trailer.requests = 7
    trailer.dataFiles = [Trailer.DataFile(byteCount: 4096, digest: digest)]
    let forward = DecisionRecord.Forward(index: 4, sub: 0, digest: digest, client: .null)
    let decision = DecisionRecord(
      attempt: Term(9), terms: 1...3,
      participants: [DecisionRecord.Participant(name: ByteView("a".utf8), vouched: true)],
      tables: [DecisionRecord.Table(term: Term(1), digest: digest, forward: [forward])])
    return [
      .request(body), .copied(attempt: Term(9), body),
      .state(.inProgress, last: 8, results: [DictEntry("trusted.sum", [1, 2])]),
      .rollback(digest), .agreed(last: 9, byDecision: true),
      .overlap(
        Overlap(
          covered: RequestID(term: Term(1), index: 2), isWhole: true, offset: 3, length: 4)),
      .decision(decision), .opened(attempt: Term(1), leader: ByteView("a".utf8)), .closed,
      .sealed(trailer), .recovered(offset: 1, length: 2, keptAs: ByteView("x.broken-1".utf8)),
      .mark,
    ]
  }

  static func superblock() -> Superblock {
    var superblock = JournalWorkload.superblock()
    for term in [1, 2, 3, 7, 9] as [UInt64] { superblock.join(Term(term)) }
    superblock.promise = 9
    superblock.opened = 9
    superblock.terms[Term(7)] = Superblock.TermEntry(state: .frozen, reconciliation: 5)
    superblock.terms[Term(9)] = Superblock.TermEntry(state: .current, reconciliation: 0)
    superblock.clients[UniqueID(high: 5, low: 6)] = Superblock.Client(term: Term(1), index: 3)
    return superblock
  }

  static func header() -> EventHeader {
    EventHeader(
      type: 1, fop: 13, payloadIsInDataFile: false, bodyLength: 40, payloadLength: 9,
      zeroSectors: 0, sequence: 3, index: 4, sub: 0, gfid: .root, time: 5, durable: 4096,
      previous: 6, bodyChecksum: 7, payloadChecksum: 8)
  }
}
