/// How many requests ended in which way, and how much was written.
public struct ReplaySummary: Equatable, Sendable {
  public var requests = 0
  /// By `Outcome.word`.
  public var counts: [String: Int] = [:]
  /// Payload bytes written to the brick; in a dry run, that would be.
  public var byteCount: Int64 = 0
  /// Whether it ended before the last request, because one failed.
  public var stopped = false

  public init() {}

  public func count(_ word: String) -> Int { counts[word] ?? 0 }

  /// The tool's exit status.
  public var status: ExitStatus {
    if count("failed") > 0 { return .ioError }
    return count("refused") > 0 ? .found : .ok
  }
}

/// Replays a selection of requests, in the order given, onto a brick.
///
/// The selection is folded first. A request is executed if something that it was the last to
/// write is not on the brick, or if one that is executed needs it; one whose effects the brick
/// holds is left alone, so that a second replay changes nothing. What a killed replay has done
/// is found on the brick in the same way.
///
/// A class, since a run uses it up: its summary is that of one run.
public final class Replayer {
  public struct Options: Sendable {
    /// Changes nothing, and says what would be done.
    public var isDryRun: Bool
    /// Goes on behind a request that failed.
    public var keepsGoing: Bool

    public init(isDryRun: Bool = false, keepsGoing: Bool = false) {
      self.isDryRun = isDryRun
      self.keepsGoing = keepsGoing
    }
  }

  /// A brick that a replay works on.
  public struct Target {
    let brick: any BrickStore
    let record: any ResultsRecord
    /// As the user named it, for messages.
    let path: String

    /// A brick on disk, which keeps its record itself.
    public init(_ brick: NativeBrick) { self.init(brick, record: brick, path: brick.path) }

    public init(_ brick: any BrickStore, record: any ResultsRecord, path: String) {
      self.brick = brick
      self.record = record
      self.path = path
    }
  }

  private let brick: any BrickStore
  /// Where the brick's changes become durable; nil where nothing is changed.
  private let target: Target?
  private let options: Options
  private let plan: ReplayPlan
  private let choice: ReplayPlan.Choice
  private let comparison: EntityComparison
  private var summary: ReplaySummary

  /// Folds the requests and looks at what they touch on the brick, and changes nothing yet, but
  /// for what a killed replay left half-done.
  public convenience init(
    _ requests: [FoldRequest], onto brick: NativeBrick, _ options: Options = Options()
  ) throws(Failure) {
    if !options.isDryRun {
      do throws(BrickError) { _ = try brick.openScratch() } catch {
        throw Failure(error, path: brick.path)
      }
    }
    try self.init(requests, onto: Target(brick), options)
  }

  /// Folds the requests and looks at what they touch on the brick, and changes nothing yet.
  public convenience init(
    _ requests: [FoldRequest], onto target: Target, _ options: Options = Options()
  ) throws(Failure) {
    let results = AbsoluteResults(text: try target.record.recorded())
    do throws(BrickError) {
      if options.isDryRun {
        try self.init(
          requests, store: Self.overlay(on: target.brick), target: nil, options, results)
      } else {
        try self.init(requests, store: target.brick, target: target, options, results)
      }
    } catch {
      throw Failure(error, path: target.path)
    }
  }

  /// A dry run onto a brick that is yet to be made.
  public convenience init(dryRunOntoEmptyBrick requests: [FoldRequest]) throws(Failure) {
    do throws(BrickError) {
      try self.init(
        requests, store: Self.overlay(on: nil), target: nil, Options(isDryRun: true),
        AbsoluteResults())
    } catch {
      throw Failure(error, path: "empty brick")
    }
  }

  /// A brick in memory on top of another, on which a dry run does all that is to be done.
  private static func overlay(on brick: (any BrickStore)?) -> ModelBrick {
    let overlay = ModelBrick(base: brick)
    // What it makes must be told from what the base has; whose it is does not matter here.
    overlay.writer = RequestID(term: Term(0), index: 0)
    return overlay
  }

  private init(
    _ requests: [FoldRequest], store: some BrickStore, target: Target?, _ options: Options,
    _ results: AbsoluteResults
  ) throws(BrickError) {
    brick = store
    self.target = target
    self.options = options
    plan = try ReplayPlan(requests, brick: store, results: results)
    choice = try plan.choice(on: store)
    comparison = EntityComparison(wanted: plan.model, brick: store)
    summary = ReplaySummary()
  }

  /// Executes what there is to do, reports each request, and flushes the brick at the end.
  public func run(
    _ report: (FoldRequest, Outcome) throws(Failure) -> Void
  ) throws(Failure) -> ReplaySummary {
    if let target, !plan.newResults.isEmpty {
      try target.record.record(ByteView(plan.newResults.flatMap(\.line)))
    }
    for (position, item) in plan.items.enumerated() {
      let outcome = outcome(of: item, position)
      summary.requests += 1
      summary.counts[outcome.word, default: 0] += 1
      try report(item.original, outcome)
      if case .failed = outcome, !options.keepsGoing {
        summary.stopped = position + 1 < plan.items.count
        break
      }
    }
    if let target {
      do throws(BrickError) { try target.brick.synchronize() } catch {
        throw Failure(error, path: target.path)
      }
    }
    return summary
  }

  private func outcome(of item: ReplayPlan.Item, _ position: Int) -> Outcome {
    if item.request.request.fop == .ipc { return .skipped(.changesNothing) }
    if let remover = item.remover {
      return .skipped(.objectRemoved(by: plan.items[remover].request.id))
    }
    // An error on the way leaves what was done before it, as on the brick that journaled it.
    if let refusal = item.refusal {
      if !item.survivors.isEmpty, case .failed(let error) = execute(item, position) {
        return .failed(error)
      }
      return refusal.source == nil ? Outcome(refusal) : .failed(refusal)
    }
    if item.survivors.isEmpty, !choice.contains(position) {
      guard let later = item.lastToucher else { return .skipped(.changesNothing) }
      return .skipped(.overlapped(by: plan.items[later].request.id))
    }
    return execute(item, position)
  }

  /// Does what is still wanted of a request, unless the brick holds it by now.
  private func execute(_ item: ReplayPlan.Item, _ position: Int) -> Outcome {
    do throws(BrickError) {
      // Looked at again, since requests before this one have changed the brick.
      if !choice.needed.contains(position), try comparison.holdsAll(item.survivors) {
        return .alreadyApplied
      }
      var refusal: BrickError?
      do throws(BrickError) {
        try apply(item)
      } catch {
        refusal = error
      }
      if let refusal, item.refusal == nil, try !isHalfMade(item, refusal) {
        return Outcome(refusal)
      }
      // Owners first, since chown can change the mode.
      for entity in item.survivors where entity.isOwner { try settle(entity) }
      for entity in item.survivors where !entity.isOwner { try settle(entity) }
      return options.isDryRun ? .wouldApply : .applied
    } catch {
      return Outcome(error)
    }
  }

  /// Whether a request that makes an object finds that very object there: made by a replay that
  /// was killed before the object had all its attributes. What it lacks is settled.
  private func isHalfMade(
    _ item: ReplayPlan.Item, _ refusal: BrickError
  ) throws(BrickError) -> Bool {
    let request = item.request.request
    guard refusal.errno == EEXIST, let gfid = request.requestedGFID, gfid != .null,
      let loc = request.loc(.loc), let name = loc.name,
      try brick.entry(EntryName(parent: loc.parent, name: name))?.gfid == gfid
    else { return false }
    return try comparison.holds(.object(gfid))
  }

  /// Applies a request to the brick; of a write, only what no later request writes over.
  private func apply(_ item: ReplayPlan.Item) throws(BrickError) {
    let request = item.request.request
    guard request.fop == .writev, let payload = item.request.payload, item.refusal == nil else {
      return try FopSemantics.apply(request, payload: item.request.payload, to: brick)
    }
    let start = request.integer(.offset) ?? 0
    for case .data(let gfid, let range) in item.survivors {
      let part = payload.slice(
        from: Int(range.lowerBound - start), count: Int(range.upperBound - range.lowerBound))
      try brick.write(part, to: gfid, at: Int(range.lowerBound))
      summary.byteCount += Int64(part.count)
    }
  }

  /// Brings an attribute to what the fold says where the fop alone did not: its result can
  /// depend on requests that were left out, as chown's does on the mode before.
  private func settle(_ entity: Entity) throws(BrickError) {
    let gfid = entity.gfid
    guard let object = plan.model.objects[gfid] else { return }
    switch entity {
    case .object, .name, .data: return
    case .size, .mode, .uid, .gid, .atime, .mtime, .xattr: break
    }
    guard try !comparison.holds(entity) else { return }
    switch entity {
    case .size: if let size = object.size?.value { try brick.truncate(gfid, to: size) }
    case .mode: if let mode = object.mode?.value { try brick.setMode(gfid, mode) }
    case .uid: try brick.setOwner(gfid, uid: object.uid?.value, gid: nil)
    case .gid: try brick.setOwner(gfid, uid: nil, gid: object.gid?.value)
    case .atime: try brick.setTimes(gfid, atime: object.atime?.value, mtime: nil)
    case .mtime: try brick.setTimes(gfid, atime: nil, mtime: object.mtime?.value)
    case .xattr(_, let key):
      if let value = object.xattrs[key]?.value {
        try brick.setXattr(gfid, key, value, .set)
      } else {
        try brick.removeXattr(gfid, key)
      }
    case .object, .name, .data: return
    }
  }
}

extension Entity {
  fileprivate var isOwner: Bool {
    switch self {
    case .uid, .gid: true
    default: false
    }
  }
}
