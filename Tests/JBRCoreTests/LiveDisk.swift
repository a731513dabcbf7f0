import Histories

@testable import JBRCore

/// One thing that a writer does to a disk, as small as a reader can see it. Files have numbers,
/// since a writer holds them open under whatever name they have by then.
enum DiskStep: Sendable {
  case makeDirectory(String)
  case create(String, Int)
  case write(Int, [UInt8], at: Int)
  case setLength(Int, Int, isAllocation: Bool)
  case rename(String, String)
  case remove(String)
}

/// A disk that keeps what was done to it, step by step: a write sector by sector, since a reader
/// may see any of them before the others.
final class RecordingDisk: Disk, @unchecked Sendable {
  private let disk: SimulatedDisk
  private var random: SeededGenerator
  private(set) var steps: [DiskStep] = []
  private var numbers: [String: Int] = [:]
  private var lastNumber = 0

  init(seed: UInt64) {
    disk = SimulatedDisk(seed: seed)
    random = SeededGenerator(seed: seed)
  }

  fileprivate func record(_ step: DiskStep) { steps.append(step) }

  fileprivate func recordWrite(_ file: Int, _ bytes: ByteView, _ offset: Int) {
    var parts: [DiskStep] = []
    var done = 0
    while done < bytes.count {
      let sector = (offset + done) / 512 * 512 + 512
      let count = min(bytes.count - done, sector - offset - done)
      parts.append(.write(file, [UInt8](bytes.slice(done, count)), at: offset + done))
      done += count
    }
    if Bool.random(using: &random) { parts.shuffle(using: &random) }
    steps += parts
  }

  func names(in directory: String) throws(Failure) -> [String] { try disk.names(in: directory) }
  func exists(_ path: String) throws(Failure) -> Bool { try disk.exists(path) }

  func makeDirectory(_ path: String) throws(Failure) {
    record(.makeDirectory(path))
    try disk.makeDirectory(path)
  }

  func create(_ path: String) throws(Failure) -> any DiskFile {
    lastNumber += 1
    numbers[path] = lastNumber
    record(.create(path, lastNumber))
    return RecordingFile(self, lastNumber, try disk.create(path))
  }

  func open(_ path: String) throws(Failure) -> any DiskFile {
    RecordingFile(self, numbers[path] ?? 0, try disk.open(path))
  }

  func openForReading(_ path: String) throws(Failure) -> any ByteSource {
    try disk.openForReading(path)
  }

  func rename(_ path: String, to new: String) throws(Failure) {
    record(.rename(path, new))
    numbers[new] = numbers.removeValue(forKey: path)
    try disk.rename(path, to: new)
  }

  func remove(_ path: String) throws(Failure) {
    record(.remove(path))
    try disk.remove(path)
  }

  func synchronizeDirectory(_ path: String) throws(Failure) {
    try disk.synchronizeDirectory(path)
  }
  func freeByteCount(_ path: String) throws(Failure) -> Int { try disk.freeByteCount(path) }
  func lock(_ path: String) throws(Failure) -> any AnyObject & Sendable { try disk.lock(path) }
  func time() -> Int64 { disk.time() }
  func randomBytes(_ count: Int) -> [UInt8] { disk.randomBytes(count) }
}

private final class RecordingFile: DiskFile {
  private let disk: RecordingDisk
  private let number: Int
  private let file: any DiskFile
  var path: String { file.path }

  init(_ disk: RecordingDisk, _ number: Int, _ file: any DiskFile) {
    (self.disk, self.number, self.file) = (disk, number, file)
  }

  func byteCount() throws(Failure) -> Int { try file.byteCount() }
  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    try file.read(at: offset, count: count)
  }
  func nextData(from offset: Int) throws(Failure) -> Int? { try file.nextData(from: offset) }

  func write(_ bytes: ByteView, at offset: Int) throws(Failure) {
    disk.recordWrite(number, bytes, offset)
    try file.write(bytes, at: offset)
  }

  func allocate(to count: Int) throws(Failure) {
    disk.record(.setLength(number, count, isAllocation: true))
    try file.allocate(to: count)
  }

  func truncate(to count: Int) throws(Failure) {
    disk.record(.setLength(number, count, isAllocation: false))
    try file.truncate(to: count)
  }

  func synchronize() throws(Failure) { try file.synchronize() }
}

/// What a reader sees of a journal that is written at the same time: before each of its reads the
/// writer takes none, one or more of its steps.
final class LiveDisk: @unchecked Sendable {
  private let disk = SimulatedDisk()
  private var steps: ArraySlice<DiskStep>
  private var files: [Int: any DiskFile] = [:]
  private var random: SeededGenerator
  /// How many steps the writer takes at most before a read.
  let stepMax: Int

  init(_ steps: [DiskStep], seed: UInt64, stepMax: Int) {
    self.steps = steps[...]
    self.stepMax = stepMax
    random = SeededGenerator(seed: seed)
  }

  var isDone: Bool { steps.isEmpty }

  /// Lets the writer take a step.
  func step() throws(Failure) {
    guard let step = steps.popFirst() else { return }
    switch step {
    case .makeDirectory(let path): try disk.makeDirectory(path)
    case .create(let path, let number): files[number] = try disk.create(path)
    case .write(let number, let bytes, let offset):
      try files[number]?.write(bytes[...], at: offset)
    case .setLength(let number, let count, true): try files[number]?.allocate(to: count)
    case .setLength(let number, let count, false): try files[number]?.truncate(to: count)
    case .rename(let path, let new): try disk.rename(path, to: new)
    case .remove(let path): try disk.remove(path)
    }
  }

  fileprivate func act() throws(Failure) {
    guard stepMax > 0 else { return }
    for _ in 0..<Int.random(in: 0...stepMax, using: &random) { try step() }
  }

  func exists(_ path: String) throws(Failure) -> Bool {
    try act()
    return try disk.exists(path)
  }

  /// The journal in a directory, with every read of it among the writer's steps.
  func journal(_ path: String) throws(Failure) -> JournalFiles {
    let list = { () throws(Failure) -> [String] in
      try self.act()
      return try self.disk.names(in: path)
    }
    let open = { @Sendable (name: String) in LiveSource(self, path + "/" + name) as any ByteSource }
    return try JBRDirectory.live(path, list, open) { name in
      (try? self.exists(path + "/" + name)) == true ? open(name) : nil
    }
  }

  fileprivate func opened(_ path: String) throws(Failure) -> any ByteSource {
    try disk.openForReading(path)
  }
}

/// A file by its name until it is opened, and then that file, whatever becomes of its name.
private struct LiveSource: ByteSource {
  let disk: LiveDisk
  let path: String
  var file: (any ByteSource)?

  init(_ disk: LiveDisk, _ path: String, _ file: (any ByteSource)? = nil) {
    (self.disk, self.path, self.file) = (disk, path, file)
  }

  var mayChange: Bool { disk.stepMax > 0 }

  private func current() throws(Failure) -> any ByteSource {
    try disk.act()
    if let file { return file }
    return try disk.opened(path)
  }

  func byteCount() throws(Failure) -> Int { try current().byteCount() }
  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    try current().read(at: offset, count: count)
  }
  func nextData(from offset: Int) throws(Failure) -> Int? {
    try current().nextData(from: offset)
  }
  func opened() throws(Failure) -> any ByteSource { LiveSource(disk, path, try current()) }
}
