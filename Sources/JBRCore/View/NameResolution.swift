/// What stands at names, by the journal's requests laid over a brick in order.
///
/// Only the requests that touch the names that are asked for are looked at, and those on which
/// their outcome hangs: a directory with entries is not removed, a name that is taken stays.
final class NameResolution {
  struct Object: Equatable {
    var gfid: GFID
    /// nil where nothing says.
    var isDirectory: Bool?
  }

  private static let depthMax = 2048
  private let lookup: JournalLookup
  private let brick: NativeBrick?
  /// Whether a request is not on the brick yet, perhaps.
  private let isLaid: (RequestID) -> Bool
  private var cache: [EntryName: [NameChange]] = [:]
  private var outcomes: [Moment: Object?] = [:]

  init(
    _ lookup: JournalLookup, _ brick: NativeBrick?, isLaid: @escaping (RequestID) -> Bool
  ) {
    self.lookup = lookup
    self.brick = brick
    self.isLaid = isLaid
  }

  private func changes(of name: EntryName) throws(Failure) -> [NameChange] {
    if let known = cache[name] { return known }
    let found = try lookup.changes(of: name).filter { isLaid($0.id) }
    cache[name] = found
    return found
  }

  private struct Moment: Hashable {
    var name: EntryName
    var end: RequestID?
  }

  /// What stands at a name before a request; nil if it is free.
  func object(_ name: EntryName, before end: RequestID?) throws(Failure) -> Object? {
    let moment = Moment(name: name, end: end)
    if let known = outcomes[moment] { return known }
    let found = try resolve(name, before: end)
    outcomes[moment] = .some(found)
    return found
  }

  private func resolve(_ name: EntryName, before end: RequestID?) throws(Failure) -> Object? {
    var current = try onBrick(name)
    for change in try changes(of: name) {
      if let end, end <= change.id { break }
      switch change.kind {
      case .made(let gfid, let isDirectory, _):
        current = current ?? Object(gfid: gfid, isDirectory: isDirectory)
      case .removed(let isDirectory):
        guard let object = current, object.isDirectory ?? isDirectory == isDirectory else {
          continue
        }
        if isDirectory, try !isEmpty(object.gfid, before: change.id) { continue }
        current = nil
      case .movedAway(let new):
        guard let moved = current else { continue }
        let victim = try object(new, before: change.id)
        if try mayMove(moved, to: new, over: victim, change.id) { current = nil }
      case .movedHere(let old, let named):
        var moved = try object(old, before: change.id)
        if moved == nil { moved = try unmade(named) }
        guard let moved, try mayMove(moved, to: name, over: current, change.id) else { continue }
        current = moved
      }
    }
    return current
  }

  /// What a request itself shows to have stood at a name that no request made.
  private func unmade(_ named: GFID?) throws(Failure) -> Object? {
    guard let named, brick == nil else { return nil }
    for change in try lookup.changes(naming: named) {
      if case .made = change.kind { return nil }
    }
    return Object(gfid: named, isDirectory: nil)
  }

  private func onBrick(_ name: EntryName) throws(Failure) -> Object? {
    guard let brick else { return nil }
    do throws(BrickError) {
      guard let entry = try brick.entry(name), let gfid = entry.gfid else { return nil }
      return Object(gfid: gfid, isDirectory: entry.type == .directory)
    } catch { throw Failure(error, path: brick.path) }
  }

  /// Whether rename(2) does it: not onto another name of the same file, not over a directory
  /// with entries, not into itself.
  private func mayMove(
    _ moved: Object, to name: EntryName, over victim: Object?, _ id: RequestID
  ) throws(Failure) -> Bool {
    if moved.isDirectory == true, try isInside(name.parent, moved.gfid, before: id) {
      return false
    }
    guard let victim else { return true }
    if victim.gfid == moved.gfid { return false }
    guard victim.isDirectory == true else { return moved.isDirectory != true }
    if moved.isDirectory == false { return false }
    return try isEmpty(victim.gfid, before: id)
  }

  private func isEmpty(_ directory: GFID, before id: RequestID) throws(Failure) -> Bool {
    var names = Set(try lookup.changes(in: directory).map(\.name))
    if let brick {
      do throws(BrickError) {
        for (name, _) in try brick.list(directory) {
          names.insert(EntryName(parent: directory, name: name))
        }
      } catch {
        guard error.errno == ESTALE || error.errno == ENOENT else {
          throw Failure(error, path: brick.path)
        }
      }
    }
    for name in names.sorted() {
      if try object(name, before: id) != nil { return false }
    }
    return true
  }

  /// Whether a directory is another one, or lies below it.
  private func isInside(
    _ directory: GFID, _ ancestor: GFID, before id: RequestID
  ) throws(Failure) -> Bool {
    var current = directory
    for _ in 0..<Self.depthMax {
      if current == ancestor { return true }
      guard current != .root, let above = try parent(of: current, before: id) else { return false }
      current = above
    }
    return false
  }

  private func parent(of directory: GFID, before id: RequestID) throws(Failure) -> GFID? {
    for change in try lookup.changes(naming: directory).reversed() where change.id < id {
      if try object(change.name, before: id)?.gfid == directory { return change.name.parent }
    }
    guard let brick else { return nil }
    do throws(BrickError) { return try brick.place(ofDirectory: directory)?.parent } catch {
      throw Failure(error, path: brick.path)
    }
  }

  /// The creates that cut a file that stood at their name already, in order.
  func cuts(of file: GFID) throws(Failure) -> [RequestID] {
    var found: Set<RequestID> = []
    for name in Set(try lookup.changes(naming: file).map(\.name)).sorted() {
      for change in try changes(of: name) {
        guard case .made(let made, _, cuts: true) = change.kind, made != file,
          try object(name, before: change.id)?.gfid == file
        else { continue }
        found.insert(change.id)
      }
    }
    return found.sorted()
  }
}
