extension UndoFootprint {
  /// What steps of a plan touch on their brick.
  init(_ steps: [Step], planID: String, on brick: any BrickStore) throws(BrickError) {
    self.init()
    try withForesight(steps, if: brick.isFar, brick.expectNeeds(of:)) { step throws(BrickError) in
      try add(step, planID, brick)
    }
    try addLost(brick)
  }

  private mutating func add(
    _ step: Step, _ planID: String, _ brick: any BrickStore
  ) throws(BrickError) {
    switch step.action {
    case .setAside(let name, let entry):
      add(object: name.parent)
      let hasHandle = try entry.gfid.map { gfid throws(BrickError) in try brick.has(gfid) }
      setAsides.append(
        SetAside(
          name: name, label: step.asideLabel(planID), gfid: entry.gfid,
          hasHandle: hasHandle ?? false))
      return
    case .mend(let gfid, _):
      // An object that nothing leads to yet was there all the same, and must not be taken for one
      // that the plan makes. That it can be found from now on is not undone.
      guard try brick.has(gfid) else { return }
    default: break
    }
    if let gfid = step.gfid { add(object: gfid) }
    for name in step.names { try look(at: name, brick) }
    switch step.action {
    case .make(let object, let name): give(name, to: object.gfid)
    case .link(let gfid, let name): give(name, to: gfid)
    case .rename(_, let old, let new): move(old, to: new)
    case .unlink(_, let name): take(name)
    case .write(let gfid, let range, _), .zero(let gfid, let range): add(range, gfid)
    // To which size it had grown meanwhile depends on the steps before.
    case .truncate(let gfid, let size): add(max(0, size)..<Int64.max, gfid)
    default: break
    }
  }
}

extension Step {
  /// Under which name a step of a plan keeps what it sets aside.
  func asideLabel(_ planID: String) -> ByteView {
    ByteView("\(planID.prefix(16))-\(number)".utf8)
  }
}

/// Keeps what the steps of a plan change on its bricks, before they do: an undo file for each
/// brick, in one directory.
public final class PlanUndo {
  private let directory: String
  private let planID: String
  private let targets: [String: UndoTarget]
  private var files: [String: UndoFile] = [:]

  /// `bricks`: those that the plan changes, by their replicas' names.
  public init(
    directory: String, planID: String, bricks: [String: UndoTarget]
  ) {
    self.directory = directory
    self.planID = planID
    targets = bricks.mapValues { $0.applying(plan: planID) }
  }

  private var replicas: [String] { targets.keys.sorted() }

  /// Where a replica's file is.
  private func path(_ replica: String) -> String {
    var name = ""
    for character in replica {
      name += character == "/" ? "%2F" : character == "%" ? "%25" : String(character)
    }
    return directory + "/" + (name.hasPrefix(".") ? "%2E" + name.dropFirst() : name)
  }

  /// The files that are there.
  private func existing() throws(Failure) -> [(replica: String, file: UndoFile)] {
    var found: [(replica: String, file: UndoFile)] = []
    for replica in replicas {
      let path = path(replica)
      guard try pathKind(path) != nil, try File(path).byteCount() > 0 else { continue }
      let file = try UndoFile(path)
      // Whoever made it was cut off before anything relied on it.
      if file.wholeByteCount > 0 { found.append((replica, file)) }
    }
    return found
  }

  // MARK: Keeping

  /// Why steps cannot be kept; nil if they can. Touches nothing.
  ///
  /// `isResumed`: whether steps have begun already.
  func obstacle(isResumed: Bool) throws(Failure) -> Failure? {
    let own = Set(replicas.map { path($0) })
    if try pathKind(directory) != nil {
      for name in try directoryNames(directory) where !own.contains(directory + "/" + name) {
        return Failure(
          .cannotCreate, "is not of this plan: name another directory with --undo",
          path: directory + "/" + name)
      }
    }
    let found = try existing()
    if let (_, file) = found.first(where: { $0.file.header.planID != planID }) {
      return Failure(
        .cannotCreate, "undoes something else: name another directory with --undo", path: file.path)
    }
    guard isResumed else { return nil }
    if let (_, file) = found.first(where: { $0.file.state.isUndoing }) {
      return Failure(
        .tryAgain, "the plan is being undone: finish that with jbr-reconcile undo", path: file.path)
    }
    guard found.count < targets.count else { return nil }
    return Failure(
      .tryAgain,
      "the plan was begun with undo files that are not all here: name their directory with --undo, or plan again",
      path: directory)
  }

  /// Opens or makes the files; to be called behind `obstacle`.
  func open() throws(Failure) {
    try makeDirectory(directory)
    for (_, file) in try existing() where file.state.isUndone { try SystemDisk().remove(file.path) }
    for replica in replicas {
      guard let target = targets[replica] else { continue }
      files[replica] = try UndoFile(path(replica), for: target)
    }
    try SystemDisk().synchronizeDirectory(directoryPath(of: directory))
  }

  /// Keeps what steps are about to change. It is on disk when this returns.
  func begin(_ steps: [Step]) throws(Failure) {
    for replica in replicas {
      let own = steps.filter { $0.replica == replica }
      guard !own.isEmpty, let file = files[replica], let target = targets[replica] else { continue }
      let footprint: UndoFootprint
      do throws(BrickError) {
        footprint = try UndoFootprint(own, planID: planID, on: target.brick)
      } catch {
        throw Failure(brick: error, replica: replica)
      }
      try UndoKeeper(file, of: target).begin(footprint)
    }
  }

  /// Writes down how all was left.
  func finish() throws(Failure) {
    for replica in replicas {
      guard let file = files[replica], let target = targets[replica] else { continue }
      try UndoKeeper(file, of: target).finish()
    }
  }

  // MARK: Undoing

  /// What is to be undone: of each brick, unless it is done already.
  ///
  /// - Throws: `cannotOpen` where nothing was kept, `tryAgain` where it cannot be undone now.
  public func runs(
    isUnchecked: Bool
  ) throws(Failure) -> [(replica: String, file: String, run: UndoRun)] {
    let found = try existing()
    guard !found.isEmpty else {
      let what = try pathKind(directory) == nil ? "is not there" : "holds no undo file of this plan"
      throw Failure(
        .cannotOpen,
        "\(what): nothing was applied from this plan's file, or verify --plan has removed it since, or --undo must name its directory",
        path: directory)
    }
    var runs: [(replica: String, file: String, run: UndoRun)] = []
    for (replica, file) in found where !file.state.isUndone {
      guard let target = targets[replica] else { continue }
      let run = UndoRun(file, of: target, isUnchecked: isUnchecked)
      try run.check()
      runs.append((replica, file.path, run))
    }
    return runs
  }

  /// Removes the files, once nobody will want to undo the plan any more.
  public func remove() throws(Failure) {
    for replica in replicas where try pathKind(path(replica)) != nil {
      try SystemDisk().remove(path(replica))
    }
    try removeEmptyDirectory(directory)
  }
}
