extension PendingTerms {
  /// Whether anything is left to be done.
  public var isPending: Bool { terms.contains(where: \.isPending) }

  /// Writes a line for each term and replica, then one for each replica, and one for the set.
  public func write(to writer: inout LineWriter) throws(Failure) {
    for status in terms {
      try writer.write("term_status") { status.write(to: &$0, idSource) }
    }
    for replica in replicas {
      let own = terms.filter { $0.replica == replica.name }
      try writer.write("replica_status") { line in
        line.field("replica", replica.name)
        Self.write(own, to: &line)
        line.field("damaged", !replica.isWhole)
        if let superblock = replica.superblock { line.marks(of: superblock) }
        Self.writeReasons(of: own, to: &line)
      }
    }
    try writer.write("set_status") { line in
      line.field("replicas", replicas.count)
      Self.write(together, to: &line)
      line.field("damaged", replicas.contains { !$0.isWhole })
      Self.writeReasons(of: together, to: &line)
    }
  }

  private static func write(_ statuses: [TermStatus], to line: inout LineBuilder) {
    let pending = statuses.filter(\.isPending)
    var totals = RequestTotals()
    for status in pending { totals.add(status.pending) }
    line.field("pending", !pending.isEmpty)
    line.field("terms", statuses.count)
    line.field("pending_terms", pending.count)
    line.field("held", statuses.reduce(0) { $0 + $1.held })
    line.field("rolled_back", statuses.reduce(0) { $0 + $1.rolledBack })
    totals.write(to: &line)
  }

  private static func writeReasons(of statuses: [TermStatus], to line: inout LineBuilder) {
    var sums: [PendingReason: Int] = [:]
    for status in statuses { sums.merge(status.reasons, uniquingKeysWith: +) }
    write(sums, to: &line)
  }

  fileprivate static func write(_ reasons: [PendingReason: Int], to line: inout LineBuilder) {
    let sorted = PendingReason.allCases.filter { reasons[$0] != nil }
    line.array("reasons") { list in
      for reason in sorted { list.element(reason.rawValue) }
    }
    line.object("requests_by_reason") { object in
      for reason in sorted {
        if let count = reasons[reason], count > 0 { object.field(reason.rawValue, count) }
      }
    }
  }
}

extension TermStatus {
  fileprivate func write(to line: inout LineBuilder, _ idSource: IDSource) {
    if let replica { line.field("replica", replica) }
    line.field("term", term.rawValue)
    line.field("id_source", idSource.rawValue)
    line.field("pending", isPending)
    line.field("held", held)
    line.field("rolled_back", rolledBack)
    pending.write(to: &line)
    if let entry {
      line.field("state", entry.state.name)
      if entry.reconciliation != 0 {
        line.field("reconciliation_id", entry.reconciliation.hexadecimal)
      }
    }
    PendingTerms.write(reasons, to: &line)
  }
}

extension RequestTotals {
  fileprivate func write(to line: inout LineBuilder) {
    line.field("requests", requests)
    line.field("files", files.count)
    line.field("payload_bytes", payloadByteCount)
  }
}
