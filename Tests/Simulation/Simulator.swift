import Histories
package import JBRCore

/// Runs histories that a seed gives, and finds the few events that break one.
package struct Simulator {
  package let fault: PlantedFault?

  package init(fault: PlantedFault? = nil) { self.fault = fault }

  /// A history as it can be run again.
  package struct History: Sendable {
    package var seed: UInt64
    package var events: [Event]

    package init(seed: UInt64, events: [Event]) {
      self.seed = seed
      self.events = events
    }
  }

  /// What became of a history.
  package struct Outcome: Sendable {
    package var history: History
    package var broken: [String]
    package var marks: Set<Coverage.Mark>
    /// What was asked for and decided, in a few words, for people.
    package var account: [String]
  }

  private static let shapes = [
    (3, 2), (3, 2), (3, 2), (2, 2), (3, 3), (3, 1), (4, 3), (5, 3), (1, 1), (2, 1), (4, 2), (5, 4),
    (5, 5), (4, 4), (5, 2), (4, 1),
  ]

  /// The replicas of a seed's history, and how many of them are a quorum.
  package static func rule(_ seed: UInt64) -> QuorumRule {
    let shape = shapes[Int(seed % UInt64(shapes.count))]
    return QuorumRule(replicas: shape.0, quorum: shape.1)
  }

  /// Runs the history that a seed gives.
  package func run(seed: UInt64) throws(Failure) -> Outcome {
    let world = try World(Self.rule(seed), fault: fault)
    var drawing = EventDrawing(seed: seed, world.rule)
    var events: [Event] = []
    for _ in 0..<drawing.count {
      let event = drawing.next(world)
      events.append(event)
      world.run(event)
      if !world.truth.broken.isEmpty { break }
    }
    return finish(world, History(seed: seed, events: events))
  }

  /// Runs the same events again, or some of them.
  package func run(_ history: History) throws(Failure) -> Outcome {
    let world = try World(Self.rule(history.seed), fault: fault)
    for event in history.events {
      world.run(event)
      if !world.truth.broken.isEmpty { break }
    }
    return finish(world, history)
  }

  private func finish(_ world: World, _ history: History) -> Outcome {
    if world.truth.broken.isEmpty { world.settle(seed: history.seed) }
    return Outcome(
      history: history, broken: world.truth.broken, marks: world.marks,
      account: world.truth.account)
  }

  /// The few events of a history that still break it.
  package func shrink(_ history: History) throws(Failure) -> History {
    var small = history
    do {
      small.events = try shrunk(history.events) { events in
        let shorter = History(seed: history.seed, events: events)
        return try !run(shorter).broken.isEmpty
      }
    } catch let failure as Failure { throw failure } catch { return history }
    return small
  }
}

extension Simulator {
  /// What broke, how to see it again, and the few events that show it.
  package func report(_ outcome: Outcome) throws(Failure) -> String {
    let rule = Self.rule(outcome.history.seed)
    let small = try shrink(outcome.history)
    let option = fault.map { " --fault \($0.rawValue)" } ?? ""
    let head = [
      "seed \(outcome.history.seed), \(rule.replicas) replicas, quorum \(rule.quorum):",
      "  scripts/simulate --seed \(outcome.history.seed) --runs 1\(option)",
    ]
    let again = try run(small)
    let broken = again.broken.map { "  " + $0 }
    return
      (head + broken + ["\(small.events.count) events are left:"]
      + small.events.map { "  \($0)" } + again.account.map { "  " + $0 }).joined(separator: "\n")
  }
}

extension QuorumRule {
  init(replicas: Int, quorum: Int) {
    self.init(replicas: replicas, percent: 100)
    self.quorum = quorum
  }
}
