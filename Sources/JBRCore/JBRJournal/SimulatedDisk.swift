import Synchronization

/// A disk in memory that can lose power at any effect: the twin of `SystemDisk` for tests and
/// simulations.
///
/// It keeps what was written apart from what was flushed, sector by sector and name by name, so
/// that `afterCrash` can give every disk that a power loss may leave.
public final class SimulatedDisk: Disk {
  /// What is to go wrong at an effect.
  public enum Fault: Equatable, Sendable {
    /// The world stops before the effect, and nothing works any more.
    case crash
    /// The effect fails with this error number, once.
    case error(Int32)
  }

  /// Reached under the disk's lock only.
  final class Node: @unchecked Sendable {
    /// Sectors as a reader of the running machine sees them.
    var sectors: [Int: [UInt8]] = [:]
    var byteCount = 0
    /// Per sector, what the disk may hold of it after a crash: what was flushed first, then all
    /// that was written since.
    var versions: [Int: [[UInt8]?]] = [:]
    /// Lengths that the file may have after a crash.
    var byteCounts: [Int] = [0]
    /// Set by a failed flush: what was not flushed then never counts as flushed.
    var isPoisoned = false
  }

  /// A change of a directory that was not flushed yet.
  struct NameChange {
    var directory: String
    /// The names and what they stand for after the change; nil for nothing.
    var names: [String: Node?]
  }

  struct State {
    var names: [String: Node] = [:]
    var durableNames: [String: Node] = [:]
    var changes: [NameChange] = []
    var directories: Set<String> = ["."]
    var locked: Set<String> = []
    var point = 0
    var faults: [Int: Fault] = [:]
    var hasCrashed = false
    var capacity = Int.max
    var clock: Int64 = 1_700_000_000_000_000_000
    var random: UInt64 = 0x9e37_79b9_7f4a_7c15
    var log: [String] = []
  }

  // The nodes are reached under this lock only.
  private let state: Mutex<Boxed>

  /// A class, so that the lock guards a value that is not sendable.
  final class Boxed: @unchecked Sendable {
    var state: State
    init(_ state: State) { self.state = state }
  }

  /// `seed` determines salts; `capacity` is how many bytes files can hold together.
  public init(seed: UInt64 = 1, capacity: Int = .max) {
    var state = State()
    state.random ^= seed &* 0xbf58_476d_1ce4_e5b9
    state.capacity = capacity
    self.state = Mutex(Boxed(state))
  }

  init(_ state: State) { self.state = Mutex(Boxed(state)) }

  func with<Result: Sendable>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try state.withLock { boxed throws(Failure) in try body(&boxed.state) }
  }

  var stateCopy: State { state.withLock { $0 }.state }

  /// How many effects there were.
  public var point: Int { state.withLock { $0.state.point } }

  /// Whether it has lost power: it takes and gives nothing any more.
  public var hasCrashed: Bool { state.withLock { $0.state.hasCrashed } }

  /// Stops the world now, for who runs beside the disk.
  public func losePower() { state.withLock { $0.state.hasCrashed = true } }

  /// What the effects were, for messages of tests.
  public var log: [String] { state.withLock { $0.state.log } }

  /// Lets something go wrong at the effect that comes as number `point`, from 1.
  public func setFault(_ fault: Fault, at point: Int) {
    state.withLock { $0.state.faults[point] = fault }
  }

  /// Sets how many bytes files can hold together.
  public func setCapacity(_ capacity: Int) { state.withLock { $0.state.capacity = capacity } }

  static let crashed = Failure(.ioError, "the machine has lost power", errno: 6)
}

extension SimulatedDisk.State {
  /// Counts an effect, which may be the one that goes wrong.
  mutating func effect(_ name: String, _ path: String) throws(Failure) {
    guard !hasCrashed else { throw SimulatedDisk.crashed }
    point += 1
    log.append("\(name) \(path)")
    switch faults[point] {
    case .crash:
      hasCrashed = true
      throw SimulatedDisk.crashed
    case .error(let number):
      throw Failure(.ioError, "cannot \(name)", path: path, errno: number)
    case nil: return
    }
  }

  func node(_ path: String) throws(Failure) -> SimulatedDisk.Node {
    guard !hasCrashed else { throw SimulatedDisk.crashed }
    guard let node = names[path] else {
      throw Failure(.cannotOpen, "cannot open: no such file", path: path, errno: 2)
    }
    return node
  }

  var hasSpace: Bool { capacity == .max || usedByteCount < capacity }

  var usedByteCount: Int {
    // Several names may stand for one file; here none does.
    names.values.reduce(0) { $0 + $1.sectors.count * 512 }
  }

  mutating func change(_ path: String, _ names: [String: SimulatedDisk.Node?]) {
    for (name, node) in names { self.names[name] = node }
    changes.append(SimulatedDisk.NameChange(directory: parent(path), names: names))
  }

  mutating func nextRandom() -> UInt64 {
    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return random ^ random >> 29
  }
}

private func parent(_ path: String) -> String {
  path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
}

extension SimulatedDisk {
  public func names(in directory: String) throws(Failure) -> [String] {
    try with { state throws(Failure) in
      guard !state.hasCrashed else { throw Self.crashed }
      guard state.directories.contains(directory) else {
        throw Failure(.cannotOpen, "cannot open: no such directory", path: directory, errno: 2)
      }
      return state.names.keys.filter { parent($0) == directory }
        .map { String($0.dropFirst(directory.count + 1)) }
    }
  }

  public func exists(_ path: String) throws(Failure) -> Bool {
    try with { state throws(Failure) in
      guard !state.hasCrashed else { throw Self.crashed }
      return state.names[path] != nil || state.directories.contains(path)
    }
  }

  /// Directories are durable at once: a journal has one, and makes it first of all.
  public func makeDirectory(_ path: String) throws(Failure) {
    try with { state throws(Failure) in
      try state.effect("make directory", path)
      guard state.directories.insert(path).inserted else {
        throw Failure(.cannotCreate, "is there already", path: path, errno: 17)
      }
    }
  }

  public func create(_ path: String) throws(Failure) -> any DiskFile {
    try with { state throws(Failure) in
      try state.effect("create", path)
      guard state.names[path] == nil else {
        throw Failure(.cannotCreate, "is there already", path: path, errno: 17)
      }
      let node = Node()
      state.change(path, [path: node])
      return SimulatedFile(self, path, node)
    }
  }

  public func open(_ path: String) throws(Failure) -> any DiskFile {
    try with { state throws(Failure) in SimulatedFile(self, path, try state.node(path)) }
  }

  public func openForReading(_ path: String) throws(Failure) -> any ByteSource { try open(path) }

  public func rename(_ path: String, to new: String) throws(Failure) {
    try with { state throws(Failure) in
      try state.effect("rename", path)
      let node = try state.node(path)
      state.change(path, [path: Optional<SimulatedDisk.Node>.none, new: node])
    }
  }

  public func remove(_ path: String) throws(Failure) {
    try with { state throws(Failure) in
      try state.effect("remove", path)
      _ = try state.node(path)
      state.change(path, [path: Optional<SimulatedDisk.Node>.none])
    }
  }

  public func synchronizeDirectory(_ path: String) throws(Failure) {
    try with { state throws(Failure) in
      try state.effect("flush directory", path)
      for change in state.changes where change.directory == path {
        for (name, node) in change.names { state.durableNames[name] = node }
      }
      state.changes.removeAll { $0.directory == path }
    }
  }

  public func freeByteCount(_ path: String) throws(Failure) -> Int {
    try with { state throws(Failure) in
      guard !state.hasCrashed else { throw Self.crashed }
      return state.capacity == .max ? .max : max(0, state.capacity - state.usedByteCount)
    }
  }

  public func lock(_ path: String) throws(Failure) -> any AnyObject & Sendable {
    try with { state throws(Failure) in
      guard !state.hasCrashed else { throw Self.crashed }
      guard state.locked.insert(path).inserted else {
        throw Failure(.tryAgain, "another writer holds the journal", path: path, errno: 11)
      }
    }
    return SimulatedLock(self, path)
  }

  func unlock(_ path: String) { state.withLock { _ = $0.state.locked.remove(path) } }

  public func time() -> Int64 {
    state.withLock {
      $0.state.clock += 1_000
      return $0.state.clock
    }
  }

  public func randomBytes(_ count: Int) -> [UInt8] {
    state.withLock { boxed in
      (0..<count).map { _ in UInt8(truncatingIfNeeded: boxed.state.nextRandom() >> 32) }
    }
  }
}

/// Held until the last reference is gone.
private final class SimulatedLock: Sendable {
  private let disk: SimulatedDisk
  private let path: String
  init(_ disk: SimulatedDisk, _ path: String) {
    self.disk = disk
    self.path = path
  }
  deinit { disk.unlock(path) }
}
