// What will be looked at soon, told to bricks and journals on other hosts, so that a look costs
// no journey there and back. Whatever is told here is asked for later by those who need it:
// without it, nothing would come out otherwise.

/// How many objects or steps are told of at once; what they need is kept in memory meanwhile.
private let groupCount = 256

/// Goes through a list in groups, and tells of each group before it is gone through.
func withForesight<Element, Trouble: Error>(
  _ list: [Element], if isFar: Bool, _ foresee: (ArraySlice<Element>) -> Void,
  _ body: (Element) throws(Trouble) -> Void
) throws(Trouble) {
  for (position, element) in list.enumerated() {
    if isFar, position % groupCount == 0 { foresee(list[position...].prefix(groupCount)) }
    try body(element)
  }
}

extension BrickStore {
  /// Tells that objects' attributes will be looked at.
  func expectStatus(of objects: some Sequence<GFID>) { expect(objects.map { .status($0) }) }

  /// Tells that names will be looked at, and their directories.
  func expectNames(_ names: some Sequence<EntryName>) {
    expect(Set(names.map(\.parent)).map { .status($0) })
    expect(names.flatMap { [.lookup($0), .soundness($0)] })
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
