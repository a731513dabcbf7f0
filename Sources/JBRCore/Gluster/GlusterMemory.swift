/// What is known of a brick behind GlusterFS: what it said, less what was changed since. For any
/// thread.
final class GlusterMemory {
  /// An object that was found, with what stays as it is until it is set.
  struct Found {
    var object: GlusterObject
    var type: ObjectType
    var mode: UInt32
    var gid: UInt32

    init(_ object: GlusterObject, _ status: ObjectStatus) {
      self.object = object
      type = status.type
      mode = status.mode
      gid = status.gid
    }
  }

  /// When something was asked for: an answer is worth nothing once what it is about was changed.
  struct Moment { fileprivate var change: Int }

  /// How much is kept of each kind.
  static let countMax = 1 << 16

  private struct State {
    var objects = RecentCache<GFID, Found>()
    var statuses: [GFID: ObjectStatus?] = [:]
    var entries: [EntryName: DirectoryEntry?] = [:]
    /// What users' xattrs were set to.
    var xattrs: [GFID: [ByteView: ByteView]] = [:]
    /// Directories that were made empty, and what has been done with names since, there or
    /// elsewhere: any other name in them is free.
    var newDirectories: Set<GFID> = []
    var usedNames: Set<EntryName> = []
    /// What was changed and is not flushed.
    var dirty: Set<GFID> = []
    var changeCount = 0
    /// The last change of each object.
    var changes: [GFID: Int] = [:]
    /// Answers to what was asked before this change are not kept.
    var earliest = 0

    mutating func note(_ touched: [GFID], _ names: [EntryName]) {
      changeCount += 1
      if changes.count >= countMax {
        changes = [:]
        earliest = changeCount
      }
      for gfid in touched {
        changes[gfid] = changeCount
        statuses[gfid] = nil
        xattrs[gfid] = nil
      }
      for name in names {
        entries[name] = nil
        usedNames.insert(name)
      }
      if usedNames.count >= countMax { (usedNames, newDirectories) = ([], []) }
    }

    func isCurrent(_ gfid: GFID, _ moment: Moment) -> Bool {
      moment.change >= earliest && moment.change >= changes[gfid] ?? 0
    }
  }

  /// Not a `Mutex`, which spins before it sleeps: there are more threads than processors.
  private let lock = ThreadLock()
  private var state = State()

  private func locked<Result>(_ body: (inout State) -> Result) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return body(&state)
  }

  // MARK: What is known

  /// An object that was there when last asked for.
  func object(_ gfid: GFID) -> Found? { locked { $0.objects[gfid] } }
  /// nil where it is not known, `.some(nil)` where there is no object.
  func status(_ gfid: GFID) -> ObjectStatus?? { locked { $0.statuses[gfid] } }
  /// nil where it is not known, `.some(nil)` where the name is free.
  func entry(_ name: EntryName) -> DirectoryEntry?? {
    locked { state in
      if let known = state.entries[name] { return known }
      let isFree = state.newDirectories.contains(name.parent) && !state.usedNames.contains(name)
      return isFree ? .some(nil) : nil
    }
  }

  /// nil where it is not known.
  func xattr(_ gfid: GFID, _ key: ByteView) -> ByteView? { locked { $0.xattrs[gfid]?[key] } }

  // MARK: What the brick says

  func moment() -> Moment { locked { Moment(change: $0.changeCount) } }

  /// Keeps what was found of an object; nil if there is none.
  func keep(_ found: (object: GlusterObject, status: ObjectStatus)?, _ gfid: GFID, _ asked: Moment)
  {
    locked { state in
      guard state.isCurrent(gfid, asked) else { return }
      if state.statuses.count >= Self.countMax { state.statuses = [:] }
      state.statuses[gfid] = .some(found?.status)
      guard let (object, status) = found else { return state.objects.remove(gfid) }
      state.objects.insert(Found(object, status), gfid)
    }
  }

  /// Keeps what stands at a name; nil if it is free. Nobody asks for a name while another thread
  /// changes it.
  func keep(_ entry: DirectoryEntry?, _ name: EntryName) {
    locked { state in
      if state.entries.count >= Self.countMax { state.entries = [:] }
      state.entries[name] = .some(entry)
    }
  }

  // MARK: What is changed

  /// To be called before a change and after it: whatever is answered in between may be either.
  func note(_ touched: [GFID], _ names: [EntryName]) {
    locked { state in
      state.note(touched, names)
      state.dirty.formUnion(touched)
    }
  }

  /// Takes it that an attribute has the value that it was set to.
  func keep(_ status: ObjectStatus, set gfid: GFID) {
    locked { $0.statuses[gfid] = .some(status) }
  }

  /// Takes it that an xattr has the value that it was set to, if no translator looks at it.
  func keep(_ value: ByteView, set key: ByteView, of gfid: GFID) {
    guard key.starts(with: "user.".utf8) else { return }
    locked { state in
      if state.xattrs.count >= Self.countMax { state.xattrs = [:] }
      state.xattrs[gfid, default: [:]][key] = value
    }
  }

  /// Notes that a directory was made, which is empty.
  func noteNew(directory gfid: GFID) { locked { _ = $0.newDirectories.insert(gfid) } }

  /// Forgets an object: one that may be gone, or of which the mode or group is changed.
  func forget(_ gfid: GFID) {
    locked { state in
      state.objects.remove(gfid)
      state.newDirectories.remove(gfid)
    }
  }

  var dirty: [GFID] { locked { $0.dirty.sorted() } }
  func allIsFlushed() { locked { $0.dirty = [] } }
}
