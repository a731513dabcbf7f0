/// That a replica's brick becomes a copy of another one's.
public struct FullCopy: Equatable, Sendable {
  public var replica: String
  /// Whose brick is copied.
  public var supplier: String
  /// Of the supplier's tree, to see that it is still what the plan saw.
  public var digest: Digest
  public var objectCount = 0
  public var byteCount: Int64 = 0

  /// Writes the copy as a line's keys.
  func write(to line: inout LineBuilder) {
    line.field("replica", replica)
    line.field("from", supplier)
    line.field("tree_digest", digest.description)
    line.field("objects", objectCount)
    line.field("bytes", byteCount)
  }
}

/// A full copy as it is planned.
struct PlannedCopy {
  var copy: FullCopy
  var tree: CopiedTree
  var steps: [Step]
  var findings: [PlanFinding]

  /// - Throws: `refused` where no brick is right as it is.
  init(
    of replica: PlanReplica, among all: [PlanReplica], busy: Set<String>, copied: Set<String>
  ) throws(Failure) {
    let name = replica.name.name
    guard replica.name.brick != nil else {
      throw Failure(.usage, "no brick is given, and it shall become a copy", path: name)
    }
    let others = all.filter { $0.name.brick != nil && !copied.contains($0.name.name) }
    guard let supplier = others.first(where: { !busy.contains($0.name.name) }) else {
      throw Failure(
        .refused,
        others.isEmpty
          ? "no other brick is given that it could be copied from"
          : """
          every brick that it could be copied from needs steps first: plan the others without \
          \(name), apply that, and plan its full copy then
          """, path: name)
    }
    do throws(BrickError) {
      var planner = try CopyPlanner(
        from: supplier.brick, of: supplier.name.name, to: replica.brick, of: name,
        isVacant: replica.isVacant)
      try planner.plan()
      (tree, steps, findings) = (planner.tree, planner.steps, planner.findings)
    } catch { throw Failure(brick: error, replica: name) }
    copy = FullCopy(
      replica: name, supplier: supplier.name.name, digest: tree.digest,
      objectCount: tree.objects.count, byteCount: steps.reduce(0) { $0 + $1.byteCount })
  }
}

extension ModelBrick {
  /// A brick that holds nothing, not even a root: nothing can be taken from it.
  static var nothing: ModelBrick {
    let brick = ModelBrick()
    brick.objects = [:]
    return brick
  }
}

extension ReplicaJournal {
  /// The journal without the terms up to one.
  fileprivate func without(termsUpTo end: UInt64) -> ReplicaJournal {
    var rest = self
    rest.removeRequests { $0.rawValue <= end }
    return rest
  }
}

extension [ReplicaJournal] {
  /// The journals as a plan looks at them that makes some bricks copies of others: what such a
  /// replica holds of terms that others have done with is out of date, and says nothing of what is
  /// right now.
  public func superseding(_ copied: Set<String>) -> [ReplicaJournal] {
    let decided = lazy.compactMap { $0.knowledge?.superblock.decidedUpTo }.max() ?? 0
    return map { copied.contains($0.name) ? $0.without(termsUpTo: decided) : $0 }
  }
}

extension Attempt {
  /// Replicas that only a copy of a whole brick can bring back.
  public var needingFullCopy: [String] {
    promises.map(\.replica).filter { catchUp(of: $0) == .fullCopy }
  }
}

extension Decision {
  /// Refuses to plan for a replica that was away for so long that its terms are gone elsewhere,
  /// unless its brick shall become a copy.
  public func requireFullCopies(of copied: Set<String>) throws(Failure) {
    for name in copied.sorted() where !inputs.table.replicas.contains(where: { $0.name == name }) {
      throw Failure(.usage, "no replica is named \(name)", field: "--full-copy")
    }
    guard let name = attempt?.needingFullCopy.first(where: { !copied.contains($0) }) else { return }
    throw Failure(
      .refused,
      """
      was away while terms were decided, applied and pruned: only a copy of another brick brings \
      it back; plan with --full-copy \(name)
      """, path: name)
  }
}

extension PlanFile {
  /// Looks whether the bricks that are copied are still what the plan saw.
  ///
  /// - Throws: `tryAgain` where one is not.
  func requireSuppliers(_ bricks: [String: any BrickStore]) throws(Failure) {
    for copy in copies {
      guard let brick = bricks[copy.supplier] else {
        throw Failure(.damaged, "names no brick to copy from", path: path, field: "from")
      }
      let now: Digest
      do throws(BrickError) { now = try CopiedTree(brick).digest } catch {
        throw Failure(brick: error, replica: copy.supplier)
      }
      guard now == copy.digest else {
        throw Failure(
          .tryAgain, "its brick is not what the plan saw, and is to be copied: plan again",
          path: copy.supplier)
      }
    }
  }
}
