/// Applies a plan's steps to bricks.
///
/// Killed anywhere and run again it finishes: what a step changes and how far it came is on disk
/// before a step begins (`PlanUndo`, `ApplyProgress`), and what is done already is seen on the
/// brick.
public struct Applier {
  /// Steps are announced in groups, so that one flush serves many.
  var groupCount = 64
  let bricks: [String: any BrickStore]
  let progress: any ApplyProgress
  let planID: String
  /// Keeps what steps change; nil where nobody will want it back.
  private let undo: PlanUndo?
  private let throttle: Throttle?
  /// Throws where a replica's brick may not be touched.
  var permit: (String) throws(Failure) -> Void = { _ in }
  /// Where the bytes of a journal are, by the data file's path.
  let source: (String) -> any ByteSource

  public init(
    bricks: [String: any BrickStore], progress: any ApplyProgress, planID: String,
    undo: PlanUndo? = nil, byteCountPerSecond: Int? = nil,
    source: @escaping (String) -> any ByteSource = { JournalFileSource($0) }
  ) {
    self.bricks = bricks
    self.progress = progress
    self.planID = planID
    self.undo = undo
    throttle = byteCountPerSecond.map { Throttle(byteCountPerSecond: $0) }
    self.source = source
  }

  /// Phase 0: the steps that do not find what the plan saw, and why. Touches nothing.
  public func problems(in steps: [Step]) throws(Failure) -> [Failure] {
    let started = try progress.started()
    var found: [Failure] = []
    try withForesight(steps, if: bricks.values.contains(where: \.isFar), foresee) {
      step throws(Failure) in
      guard step.number > started, let before = step.before else { return }
      do throws(Failure) {
        let now = try state(step)
        guard now != before else { return }
        throw Failure(
          .tryAgain, "step \(step.number) found \(now) where the plan saw \(before): plan again",
          path: step.replica, field: step.word)
      } catch {
        found.append(error)
      }
    }
    return found
  }

  private func state(_ step: Step) throws(Failure) -> String {
    let brick = try brick(of: step)
    do throws(BrickError) { return try StepState(brick).before(step) } catch {
      throw Failure(brick: error, replica: step.replica)
    }
  }

  private func foresee(_ steps: ArraySlice<Step>) {
    for step in steps where step.before != nil {
      bricks[step.replica]?.expect(StepState.looks(for: step))
    }
  }

  /// Phase 1: does the steps, one after the other, and makes them durable. A plan that was applied
  /// to its end is not touched again: what users have changed since stays.
  ///
  /// `report`: told of each step, and whether there was anything to do.
  public func apply(
    _ steps: [Step], _ report: (Step, Bool) throws(Failure) -> Void
  ) throws(Failure) {
    let started = try progress.started()
    if started == .max {
      for step in steps { try report(step, false) }
      return
    }
    try undo?.open()
    var announced = started
    for (position, step) in steps.enumerated() {
      if step.number > announced {
        let group = steps[position..<min(position + groupCount, steps.count)]
        try undo?.begin([Step](group))
        announced = group[group.endIndex - 1].number
        try progress.start(upTo: announced)
      }
      try permit(step.replica)
      try report(step, take(step, mayBeDone: step.number <= started))
    }
    for (name, brick) in bricks.sorted(by: { $0.key < $1.key }) {
      do { try brick.synchronize() } catch { throw Failure(brick: error, replica: name) }
    }
    try undo?.finish()
    try progress.finish()
  }

  /// Does a step; whether there was anything to do. What this run did not begin may be done.
  private func take(_ step: Step, mayBeDone: Bool) throws(Failure) -> Bool {
    let brick = try brick(of: step)
    do throws(BrickError) {
      if mayBeDone, try StepState(brick).isDone(step) { return false }
      try run(step, on: brick)
      return true
    } catch {
      var failure = Failure(brick: error, replica: "\(step.replica): step \(step.number)")
      if error.source == nil {
        failure.message +=
          "; what is done is kept: apply the plan again to go on from here, or undo it"
      }
      throw failure
    }
  }

  private func brick(of step: Step) throws(Failure) -> any BrickStore {
    guard let brick = bricks[step.replica] else {
      throw Failure(.usage, "no brick is given, and the plan changes it", path: step.replica)
    }
    return brick
  }

  private func run(_ step: Step, on brick: any BrickStore) throws(BrickError) {
    switch step.action {
    case .make(let object, let name):
      try brick.make(object, at: name)
    case .link(let gfid, let name): try brick.link(gfid, at: name)
    case .rename(_, let old, let new): try brick.rename(old, to: new)
    case .unlink(_, let name): try brick.unlink(name)
    case .removeDirectory(_, let name): try brick.removeDirectory(name)
    case .mend(_, let name): try brick.mend(name)
    case .setAside(let name, _):
      try brick.setAside(name, as: step.asideLabel(planID))
    case .write(let gfid, let range, let source):
      throttle?.wait(for: Int(range.upperBound - range.lowerBound))
      try write(gfid, range, source, digest: step.sourceDigest, to: brick)
    case .zero(let gfid, let range):
      try brick.change(
        gfid, from: range.lowerBound, count: range.upperBound - range.lowerBound, .zero)
    case .truncate(let gfid, let size): try brick.truncate(gfid, to: size)
    case .setMode(let gfid, let mode): try brick.setMode(gfid, mode)
    case .setOwner(let gfid, let uid, let group): try brick.setOwner(gfid, uid: uid, gid: group)
    case .setTimes(let gfid, let atime, let mtime):
      try brick.setTimes(gfid, atime: atime, mtime: mtime)
    case .setXattr(let gfid, let key, let value): try brick.setXattr(gfid, key, value, .set)
    case .removeXattr(let gfid, let key): try brick.removeXattr(gfid, key)
    }
  }

  private func write(
    _ gfid: GFID, _ range: Range<Int64>, _ source: StepSource, digest: Digest?,
    to brick: any BrickStore
  ) throws(BrickError) {
    let count = Int(range.upperBound - range.lowerBound)
    switch source {
    case .journal(_, let file, let offset):
      try brick.write(
        Payload(source: self.source(file), offset: offset, count: count), to: gfid,
        at: Int(range.lowerBound))
    case .brick(let replica):
      guard let other = bricks[replica] else { throw BrickError(ENOENT, "read \(replica)") }
      // A brick that is copied may hold more than there is memory; what is small is compared first.
      guard count > 1 << 20 else {
        let bytes = try other.read(gfid, at: Int(range.lowerBound), count: count)
        guard digest == nil || digest == Digest(of: bytes) else { throw Self.changed(replica) }
        return try brick.write(Payload(bytes), to: gfid, at: Int(range.lowerBound))
      }
      if let digest {
        let there = try other.digest(gfid, at: Int(range.lowerBound), count: count)
        guard there == digest else { throw Self.changed(replica) }
      }
      for start in stride(from: Int(range.lowerBound), to: Int(range.upperBound), by: 1 << 20) {
        let part = min(1 << 20, Int(range.upperBound) - start)
        try brick.write(Payload(try other.read(gfid, at: start, count: part)), to: gfid, at: start)
      }
    }
  }
}

extension Applier {
  private static func changed(_ replica: String) -> BrickError {
    BrickError(
      EIO, "read",
      source: Failure(.tryAgain, "what it supplies has changed: plan again", path: replica))
  }
}

/// How far an application of a plan has come, kept where a crash cannot lose it.
public protocol ApplyProgress {
  /// The number of the last step that may have begun; 0 for none, `Int.max` once all is done.
  func started() throws(Failure) -> Int
  /// Durably says that steps up to this number may begin.
  func start(upTo number: Int) throws(Failure)
  /// Durably says that all is done.
  func finish() throws(Failure)
}

/// Progress in a file beside the plan.
public struct ProgressFile: ApplyProgress {
  private let path: String
  private let planID: String

  public init(path: String, planID: String) {
    self.path = path
    self.planID = planID
  }

  public func started() throws(Failure) -> Int {
    guard try pathKind(path) != nil else { return 0 }
    var reader = try LineReader(path: path)
    var last = 0
    while let line = try reader.next() {
      let words = String(decoding: line, as: UTF8.self).split(separator: " ")
      // A line that a crash cut short announces nothing that began.
      guard words.count == 3, words[2] == ".", words[0] == planID else { continue }
      last = Int(words[1]) ?? last
    }
    return last
  }

  public func start(upTo number: Int) throws(Failure) { try append("\(number)") }

  public func finish() throws(Failure) { try append("\(Int.max)") }

  private func append(_ word: String) throws(Failure) {
    let file = try File.appending(path)
    try file.write(ByteView("\(planID) \(word) .\n".utf8))
    try file.synchronize()
  }
}
