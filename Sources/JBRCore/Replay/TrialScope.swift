/// Which requests of a replay could fail for want of something, so that they are tried in memory
/// before the brick is touched.
///
/// What works on nothing but objects that the replay itself makes, and that the brick has not, does
/// on it what it did in the fold. So it is with an object made in a directory of the brick's, unless
/// something that must be tried works on that object too.
struct TrialScope {
  private var tried: [Bool]

  init(_ plan: ReplayPlan, on brick: some ReadableBrick) throws(BrickError) {
    tried = Array(repeating: false, count: plan.items.count)
    var shared: Set<GFID> = []
    var isGrowing = false
    for (position, item) in plan.items.enumerated() where item.request.request.fop != .ipc {
      guard try !Self.isDetermined(item, plan, brick) else { continue }
      tried[position] = true
      shared.formUnion(item.objects)
      isGrowing = true
    }
    // The root is every directory's beginning, and no object that anybody makes.
    shared.remove(.root)
    while isGrowing {
      isGrowing = false
      for (position, item) in plan.items.enumerated() where !tried[position] {
        guard item.objects.contains(where: { shared.contains($0) }) else { continue }
        tried[position] = true
        let count = shared.count
        shared.formUnion(item.objects)
        shared.remove(.root)
        isGrowing = isGrowing || shared.count > count
      }
    }
  }

  func contains(_ position: Int) -> Bool { tried[position] }

  private static func isDetermined(
    _ item: ReplayPlan.Item, _ plan: ReplayPlan, _ brick: some ReadableBrick
  ) throws(BrickError) -> Bool {
    guard item.refusal == nil else { return false }
    let request = item.request.request
    let parent = request.requestedGFID == nil ? nil : request.loc(.loc)?.parent
    for gfid in item.objects {
      let isThere = try brick.status(gfid) != nil
      if !isThere, plan.model.objects[gfid]?.maker != nil { continue }
      guard isThere, gfid == parent else { return false }
    }
    return true
  }
}
