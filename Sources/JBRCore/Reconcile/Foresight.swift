// What will be looked at soon, told to bricks and journals on other hosts, so that a look costs
// no journey there and back. Whatever is told here is asked for later by those who need it:
// without it, nothing would come out otherwise.

extension BrickStore {
  /// Tells that names will be looked at, and their directories.
  func expectNames(_ names: some Sequence<EntryName>) {
    expect(Set(names.map(\.parent)).map { .status($0) })
    expect(names.flatMap { [.lookup($0), .soundness($0)] })
  }
}

extension BrickStore {
  /// Tells what is looked at for what steps need, and for what is kept of them.
  func expectNeeds(of steps: some Sequence<Step>) {
    for step in steps {
      if let gfid = step.gfid { expect([.status(gfid)]) }
      expect(step.names.map { .lookup($0) })
      switch step.action {
      case .write(let gfid, let range, _), .zero(let gfid, let range):
        expect([.nextData(gfid, from: range.lowerBound)])
      default: break
      }
    }
  }
}

extension ContentPlanner {
  /// Tells what planning these objects looks at.
  func foresee(_ objects: some Sequence<GFID>) {
    let present = objects.compactMap { gfid -> (GFID, ModelObject)? in
      guard case .present(let object) = wanted.object(gfid) else { return nil }
      return (gfid, object)
    }
    brick.expect(present.flatMap { [.status($0.0), .xattrs($0.0)] })
    let comparison = EntityComparison(wanted: wanted.model, brick: brick)
    for (gfid, object) in present where object.type.mayBe(.file) {
      // What another object's planning would need is told again; once is enough.
      guard let status = try? brick.status(gfid), status.type == .file else { continue }
      brick.expect([.status(gfid)])
      for extent in object.data.within(0..<(object.size?.value ?? Int64.max)) {
        comparison.expect(extent, gfid, status)
      }
    }
  }
}

extension StepState {
  /// What `before` looks at for a step.
  static func looks(for step: Step) -> [BrickLook] {
    switch step.action {
    case .make(_, let name), .link(_, let name), .unlink(_, let name),
      .removeDirectory(_, let name), .mend(_, let name), .setAside(let name, _):
      [.lookup(name)]
    case .rename(_, let old, let new): [.lookup(old), .lookup(new)]
    case .write(let gfid, let range, _), .zero(let gfid, let range):
      [.trimmedDigest(gfid, range)]
    case .truncate(let gfid, _), .setMode(let gfid, _), .setOwner(let gfid, _, _),
      .setTimes(let gfid, _, _):
      [.status(gfid)]
    case .setXattr(let gfid, _, _), .removeXattr(let gfid, _): [.xattrs(gfid)]
    }
  }
}
