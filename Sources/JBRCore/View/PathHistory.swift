/// That an object stood at a path from one request to another.
public struct PathPeriod: Sendable {
  public var gfid: GFID
  /// From the brick's root down; begins with `<gfid:…>` where a directory on the way has no name
  /// that the journal knows.
  public var path: [UInt8]
  /// The request that brought it there; nil for what was there before.
  public var from: RequestID?
  /// The request that took it away; nil where it stands there still.
  public var until: RequestID?
}

/// Where each object stood when, as the journal itself tells.
///
/// Requests are applied by the rules of a file system, so that what failed on the bricks changes
/// nothing. Moving a directory ends one period and begins another for all that is below it.
public struct PathHistory {
  private static let depthMax = 2048
  private var fold = Fold()
  private var open: [EntryName: (gfid: GFID, path: [UInt8], from: RequestID?)] = [:]
  /// Periods that are over, in the order in which they ended.
  public private(set) var periods: [PathPeriod] = []

  public init() {}

  /// Takes the next request of the journal.
  public mutating func take(_ record: JournalRecord) {
    let changes = record.nameChanges
    let alone = record.standingAlone()
    let request = FoldRequest(id: alone.id, request: alone.request, payload: nil)
    guard !changes.isEmpty else { return notice(request) }
    // What the request shows to have been there before must be known before it is gone.
    notice(request)
    let moved =
      record.request.fop == .rename ? changes.first.flatMap { fold.model.gfid(at: $0.name) } : nil
    let old = changes.map { fold.model.gfid(at: $0.name) }
    fold.apply(request)
    var isMoved = false
    for (change, before) in zip(changes, old) {
      let now = fold.model.gfid(at: change.name)
      guard now != before else { continue }
      isMoved = true
      close(change.name, by: record.id)
      if let now { begin(change.name, now, by: record.id) }
    }
    if isMoved, let moved { moveAll(below: moved, by: record.id) }
  }

  /// Learns names of objects that were there before.
  private mutating func notice(_ request: FoldRequest) {
    fold.model.writer = nil
    fold.model.assumeWhatIsNamed(by: request.request)
    for loc in request.request.locs {
      guard let name = loc.name else { continue }
      let entry = EntryName(parent: loc.parent, name: name)
      guard open[entry] == nil, let gfid = fold.model.gfid(at: entry) else { continue }
      begin(entry, gfid, by: nil)
    }
  }

  private mutating func begin(_ name: EntryName, _ gfid: GFID, by id: RequestID?) {
    open[name] = (gfid, path(of: name), id)
  }

  private mutating func close(_ name: EntryName, by id: RequestID) {
    guard let period = open.removeValue(forKey: name) else { return }
    periods.append(
      PathPeriod(gfid: period.gfid, path: period.path, from: period.from, until: id))
  }

  private mutating func moveAll(below directory: GFID, by id: RequestID) {
    for name in open.keys.sorted() where isBelow(name.parent, directory) {
      guard let gfid = open[name]?.gfid else { continue }
      close(name, by: id)
      begin(name, gfid, by: id)
    }
  }

  private func isBelow(_ directory: GFID, _ ancestor: GFID) -> Bool {
    var current = directory
    for _ in 0..<Self.depthMax {
      if current == ancestor { return true }
      guard let place = fold.model.objects[current]?.names.first else { return false }
      current = place.parent
    }
    return false
  }

  private func path(of name: EntryName) -> [UInt8] {
    var parts = [[UInt8](name.name)]
    var parent = name.parent
    while parent != .root {
      guard parts.count < Self.depthMax, let next = fold.model.objects[parent]?.names.first else {
        parts.append([UInt8]("<gfid:\(parent)>".utf8))
        break
      }
      parts.append([UInt8](next.name))
      parent = next.parent
    }
    return [UInt8](parts.reversed().joined(separator: [UInt8(ascii: "/")]))
  }

  /// All periods, those that go on last, by path.
  public func finished() -> [PathPeriod] {
    let current = open.values.map {
      PathPeriod(gfid: $0.gfid, path: $0.path, from: $0.from, until: nil)
    }
    return periods + current.sorted { $0.path.lexicographicallyPrecedes($1.path) }
  }
}

extension ModelBrick {
  /// What is known to stand at a name.
  fileprivate func gfid(at name: EntryName) -> GFID? { names[name].flatMap(\.value) }
}
