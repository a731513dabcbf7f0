/// Applies a plan's steps to bricks.
///
/// Killed anywhere and run again it finishes: how far it came is on disk before a step begins
/// (`ApplyProgress`), and what is done already is seen on the brick.
public struct Applier {
  /// Steps are announced in groups, so that one flush serves many.
  var groupCount = 64
  let bricks: [String: any BrickStore]
  let progress: any ApplyProgress
  /// Under which name what is set aside is kept, before the step's number.
  let label: String
  /// Throws where a replica's brick may not be touched.
  public var permit: (String) throws(Failure) -> Void = { _ in }
  /// Where the bytes of a journal are, by the data file's path.
  let source: (String) -> any ByteSource

  public init(
    bricks: [String: any BrickStore], progress: any ApplyProgress, planID: String,
    source: @escaping (String) -> any ByteSource = { JournalFileSource($0) }
  ) {
    self.bricks = bricks
    self.progress = progress
    self.source = source
    label = String(planID.prefix(16))
  }

  /// Phase 0: looks whether every step still finds what the plan saw. Touches nothing.
  ///
  /// - Throws: `tryAgain` if a brick has moved.
  public func check(_ steps: [Step]) throws(Failure) {
    let started = try progress.started()
    for step in steps {
      let brick = try brick(of: step)
      guard step.number > started, let before = step.before else { continue }
      let now: String
      do { now = try StepState(brick).before(step) } catch {
        throw Failure(brick: error, replica: step.replica)
      }
      guard now == before else {
        throw Failure(
          .tryAgain, "step \(step.number) found \(now) where the plan saw \(before): plan again",
          path: step.replica, field: step.word)
      }
    }
  }

  /// Phase 1: does the steps, one after the other, and makes them durable.
  ///
  /// `report`: told of each step, and whether there was anything to do.
  public func apply(
    _ steps: [Step], _ report: (Step, Bool) throws(Failure) -> Void
  ) throws(Failure) {
    let started = try progress.started()
    var announced = started
    for (position, step) in steps.enumerated() {
      if step.number > announced {
        announced = steps[min(position + groupCount, steps.count) - 1].number
        try progress.start(upTo: announced)
      }
      try permit(step.replica)
      let brick = try brick(of: step)
      do throws(BrickError) {
        // What this run did not begin may be done already.
        let isDone = step.number <= started ? try StepState(brick).isDone(step) : false
        if !isDone { try run(step, on: brick) }
        do throws(Failure) { try report(step, !isDone) } catch {
          throw BrickError(EIO, "report", source: error)
        }
      } catch {
        throw Failure(brick: error, replica: "\(step.replica): step \(step.number)")
      }
    }
    for (name, brick) in bricks {
      do { try brick.synchronize() } catch { throw Failure(brick: error, replica: name) }
    }
    try progress.finish()
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
      try brick.setAside(name, as: ByteView("\(label)-\(step.number)".utf8))
    case .write(let gfid, let range, let source):
      try write(gfid, range, source, to: brick)
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
    _ gfid: GFID, _ range: Range<Int64>, _ source: StepSource, to brick: any BrickStore
  ) throws(BrickError) {
    let count = Int(range.upperBound - range.lowerBound)
    switch source {
    case .journal(_, let file, let offset):
      try brick.write(
        Payload(source: self.source(file), offset: offset, count: count), to: gfid,
        at: Int(range.lowerBound))
    case .brick(let replica):
      guard let other = bricks[replica] else { throw BrickError(ENOENT, "read \(replica)") }
      let bytes = try other.read(gfid, at: Int(range.lowerBound), count: count)
      try brick.write(Payload(bytes), to: gfid, at: Int(range.lowerBound))
    }
  }
}

/// How far an application of a plan has come, kept where a crash cannot lose it.
public protocol ApplyProgress {
  /// The number of the last step that may have begun; 0 for none.
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
