import JBRCore

/// Finds the replicas of a description that a plan is about.
struct PlannedBricks {
  let plan: PlanFile
  let description: ReplicaSetDescription

  /// In the plan's order; those that no step touches or reads are left out.
  func replicas() throws(Failure) -> [DescribedReplica] {
    var found: [DescribedReplica] = []
    for replica in plan.replicasInUse { found.append(try match(replica)) }
    return found
  }

  /// By name, or else by brick. A name that leads to another brick is refused: what is replayed
  /// onto the wrong one is not easily undone.
  private func match(_ replica: PlanFile.Replica) throws(Failure) -> DescribedReplica {
    let place = replica.brick.flatMap(Place.init)
    if let named = description.replicas.first(where: { $0.name == replica.name }) {
      if let place, let brick = named.brick, ExactText(brick) != ExactText(place.path) {
        throw Failure(
          .refused,
          "replica \(replica.name) has the brick \(place.path) there, and \(brick) in the source",
          path: plan.path)
      }
      return named
    }
    let same = description.replicas.filter { candidate in
      guard let place, candidate.brick.map(ExactText.init) == ExactText(place.path) else {
        return false
      }
      return place.host == nil || place.host == candidate.host
    }
    // A path without a host is one of this machine.
    let near = same.filter { place?.host != nil || $0.isLocal }
    if near.count == 1 { return near[0] }
    if same.count == 1 { return same[0] }
    let reason =
      same.isEmpty
      ? "the source has neither its name nor its brick; --overlay can name it"
      : "\(same.count) replicas of the source have this brick; say which are here with --local HOST"
    throw Failure(
      .usage, "replica \(replica.name), brick \(replica.brick ?? "unknown"): \(reason)",
      path: plan.path)
  }

  /// A brick as a plan names it: a directory, of this machine or of a host.
  private struct Place {
    var host: String?
    var path: String

    init?(_ text: String) {
      guard let slash = text.firstIndex(of: "/") else { return nil }
      if slash != text.startIndex {
        let before = text.index(before: slash)
        guard text[before] == ":" else { return nil }
        host = String(text[..<before])
      }
      // Spelled as descriptions are.
      let parts = text[slash...].split(separator: "/").filter { $0 != "." }
      path = "/" + parts.joined(separator: "/")
    }
  }
}
