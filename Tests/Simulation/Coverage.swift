/// What histories met: without it, that nothing broke would prove nothing.
package struct Coverage: Sendable {
  package enum Mark: String, CaseIterable, Sendable {
    case acknowledged = "an acknowledged request"
    case failed = "a request that its leader failed"
    case crashed = "a crash"
    case lost = "a lost disk"
    case damaged = "a damaged record"
    case void = "a void request that somebody holds"
    case voidApplied = "a void request that somebody applied"
    case attempts = "two attempts or more that recorded"
    case refused = "an attempt that was refused"
    case died = "an attempt that died half-way"
    case finished = "an attempt that finished"
    case deposed = "a leader deposed with requests open"
    case rejoined = "a replica that rejoined"
    case needsCopy = "a replica that only a full copy brings back"
    case pruned = "a pruned term"
    case conflict = "a conflict"
    case read = "a read"
    case retried = "a retry that was answered"
  }

  /// In how many histories each came.
  package private(set) var counts: [Mark: Int] = [:]
  package private(set) var histories = 0
  package private(set) var events = 0

  package init() {}

  package mutating func add(_ marks: Set<Mark>, events: Int) {
    histories += 1
    self.events += events
    for mark in marks { counts[mark, default: 0] += 1 }
  }

  package func percent(_ mark: Mark) -> Double {
    histories == 0 ? 0 : 100 * Double(counts[mark] ?? 0) / Double(histories)
  }

  /// What must come in more than 1 % of all histories, or they prove too little.
  package static let needed: [Mark] = [
    .acknowledged, .failed, .crashed, .lost, .damaged, .void, .voidApplied, .attempts, .died,
    .deposed, .rejoined, .read, .retried,
  ]

  /// What came too seldom.
  package var missing: [Mark] { Self.needed.filter { percent($0) <= 1 } }

  /// One line for each mark.
  package var text: String {
    Mark.allCases.map { mark in
      let tenths = Int((10 * percent(mark)).rounded())
      let number = "\(tenths / 10).\(tenths % 10)"
      return String(repeating: " ", count: max(0, 5 - number.count))
        + "\(number) % of histories had \(mark.rawValue)"
    }.joined(separator: "\n")
  }
}
