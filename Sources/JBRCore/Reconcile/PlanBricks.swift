extension PlanFile {
  /// The replicas whose bricks the plan's steps change, or read to copy from, in the plan's order.
  /// A step that takes its bytes from a journal needs no other brick.
  public var replicasInUse: [Replica] {
    var names: Set<String> = []
    for step in steps {
      names.insert(step.replica)
      if case .write(_, _, .brick(let replica)) = step.action { names.insert(replica) }
    }
    for copy in copies { names.formUnion([copy.replica, copy.supplier]) }
    return replicas.filter { names.contains($0.name) }
  }
}
