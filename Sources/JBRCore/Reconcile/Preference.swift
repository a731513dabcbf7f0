// What follows where two replicas hold different requests under one name and one of them counts.

extension RequestTable {
  /// Has the row of each request lead to the content that was decided.
  mutating func choose(_ digests: [RequestID: Digest]) {
    guard !digests.isEmpty else { return }
    for (column, replica) in replicas.enumerated() {
      for (position, record) in replica.records.enumerated()
      where record.request.fop != .ipc && !replica.unreadable.contains(position) {
        let id = unionID(record.id, replica: column)
        guard let digest = digests[id], self.digest(of: record, at: position, column, id) == digest
        else { continue }
        choose(replica: column, record: position, digest, for: id)
      }
    }
  }

  /// An fdl journal's records do not say it; of those that the table knows it was computed.
  private func digest(
    of record: JournalRecord, at position: Int, _ column: Int, _ id: RequestID
  ) -> Digest? {
    if let details = record.details { return details.digest }
    let cell = row(id)?.cells[column]
    return cell?.record == position ? cell?.digest : nil
  }
}

extension Decision {
  /// What a preferred replica holds, and can be read, where contents differ.
  static func choices(_ table: RequestTable, _ column: Int) -> [RequestID: Digest] {
    var found: [RequestID: Digest] = [:]
    for row in table.rows where row.isConflict && !row.cells.contains(where: \.failed) {
      guard row.cells[column].isReadable, let digest = row.cells[column].digest else { continue }
      found[row.id] = digest
    }
    return found
  }

  /// The content that was decided of each request on which replicas differ.
  static func chosen(
    _ table: RequestTable, among fates: [Term: TermFates], _ attempt: Attempt
  ) -> [RequestID: Digest] {
    var found: [RequestID: Digest] = [:]
    var settled: [Term: [RequestID: Digest]] = [:]
    for row in table.rows where row.isConflict {
      let term = row.id.term
      if settled[term] == nil {
        settled[term] = (fates[term]?.table ?? attempt.settled(term)?.table)?.digests ?? [:]
      }
      found[row.id] = settled[term]?[row.id]
    }
    return found
  }

  /// The requests that gave way to another one of the same name, each with the replicas that hold
  /// it: what they did is taken back.
  var superseded: [DecidedRequest] {
    requests.flatMap { decided -> [DecidedRequest] in
      guard let chosen = decided.row.chosen, decided.row.isConflict else { return [] }
      return decided.row.sides.filter { $0.digest != chosen.digest }.map { other in
        DecidedRequest(row: side(other.digest, of: decided.row), reason: .recordedVoid)
      }
    }
  }

  /// All that are held under the names of conflicting requests, each with those that hold it.
  var conflictSides: [DecidedRequest] {
    requests(.conflict).flatMap { decided -> [DecidedRequest] in
      guard decided.row.isConflict else { return [decided] }
      return decided.row.sides.map { one in
        DecidedRequest(row: side(one.digest, of: decided.row), reason: decided.reason)
      }
    }
  }

  /// One of several requests under one name, as only those hold it that do.
  private func side(_ digest: Digest, of whole: RequestRow) -> RequestRow {
    var row = whole
    row.chosen = nil
    for column in row.cells.indices where row.cells[column].digest != digest {
      row.cells[column].record = nil
    }
    row.fop = inputs.table.record(of: row)?.record.request.fop ?? row.fop
    return row
  }

  /// All requests whose effect is taken back.
  var takenBack: [DecidedRequest] { requests(.void) + superseded }
}

extension DecidedRequest {
  /// Whether a person chose one of its contents.
  var isPreferred: Bool { reason == .preferred }
}
