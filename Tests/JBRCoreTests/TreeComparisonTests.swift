import Histories
import Testing

@testable import JBRCore

@Suite("Comparing trees")
struct TreeComparisonTests {
  private static let file = GFID(high: 1, low: 1)
  private static let directory = GFID(high: 1, low: 2)
  private static let link = GFID(high: 1, low: 3)
  private static let device = GFID(high: 1, low: 4)
  private static let other = GFID(high: 1, low: 5)
  private static let key = ByteView("user.k".utf8)

  private static func name(_ text: String, in parent: GFID = .root) -> EntryName {
    EntryName(parent: parent, name: ByteView(text.utf8))
  }

  private static func brick() throws -> ModelBrick {
    let brick = ModelBrick()
    brick.writer = RequestID(term: Term(1), index: 1)
    try brick.make(NewObject(gfid: directory, type: .directory, mode: 0o755), at: name("d"))
    try brick.make(
      NewObject(gfid: file, type: .file, mode: 0o644), at: name("f", in: directory))
    try brick.write(Payload([1, 2, 3, 4]), to: file, at: 0)
    try brick.truncate(file, to: 9)
    try brick.setXattr(file, key, [7], .set)
    try brick.setTimes(file, atime: nil, mtime: FileTime(seconds: 5, nanoseconds: 6))
    try brick.make(
      NewObject(gfid: link, type: .symlink, mode: 0o777, target: [0x61]), at: name("l"))
    try brick.make(
      NewObject(gfid: device, type: .character, mode: 0o600, rdev: 5), at: name("c"))
    return brick
  }

  /// What is planted, the entity that must be named, and where.
  struct Plant: Sendable, CustomTestStringConvertible {
    var entity: String
    var path: String
    var testDescription: String { "\(entity) of \(path)" }
    var change: @Sendable (ModelBrick) throws -> Void

    init(
      _ entity: String, _ path: String, _ change: @escaping @Sendable (ModelBrick) throws -> Void
    ) {
      self.entity = entity
      self.path = path
      self.change = change
    }
  }

  static let plants = [
    Plant("mode", "") { $0.objects[.root]?.mode = Written(0o700, by: nil) },
    Plant("mode", "d") { try $0.setMode(directory, 0o700) },
    Plant("uid", "d/f") { $0.objects[file]?.uid = Written(3, by: nil) },
    Plant("gid", "l") { $0.objects[link]?.gid = Written(3, by: nil) },
    Plant("rdev", "c") { $0.objects[device]?.rdev = 6 },
    Plant("type", "c") { $0.objects[device]?.type = .fifo },
    Plant("target", "l") { $0.objects[link]?.target = [0x62] },
    Plant("mtime", "d/f") {
      $0.objects[file]?.mtime = Written(FileTime(seconds: 5, nanoseconds: 7), by: nil)
    },
    Plant("size", "d/f") { $0.objects[file]?.size = Written(10, by: nil) },
    Plant("data at 2", "d/f") {
      $0.objects[file]?.data.insert(
        Extent(range: 2..<3, content: .payload(Payload([9])), writer: nil))
    },
    Plant("data at 8", "d/f") {
      $0.objects[file]?.data.insert(
        Extent(range: 8..<9, content: .payload(Payload([1])), writer: nil))
    },
    Plant("xattr user.k", "d/f") { try $0.setXattr(file, key, [8], .set) },
    Plant("xattr user.k", "d/f") { try $0.removeXattr(file, key) },
    Plant("xattr user.k", "") { try $0.setXattr(.root, key, [], .set) },
    Plant("name", "l") { try $0.unlink(name("l")) },
    Plant("name", "d/f") { try $0.unlink(name("f", in: directory)) },
    Plant("name", "d/g") { try $0.link(link, at: name("g", in: directory)) },
    Plant("name", "n") {
      try $0.make(NewObject(gfid: other, type: .fifo, mode: 0o600), at: name("n"))
    },
    Plant("name", "l") {
      try $0.unlink(name("l"))
      try $0.make(
        NewObject(gfid: other, type: .symlink, mode: 0o777, target: [0x61]), at: name("l"))
    },
  ]

  private func differences(_ bricks: [ModelBrick], times: Bool = true) throws -> [TreeDifference] {
    var found: [TreeDifference] = []
    var comparison = TreeComparison(bricks) { times && $0 == Self.file }
    try comparison.run { found.append($0) }
    #expect(comparison.differenceCount == found.count)
    return found
  }

  private func text(_ path: [UInt8]?) -> String? {
    path.map { String(decoding: $0, as: UTF8.self) }
  }

  /// A difference without the values, as `PATH ENTITY`.
  private func word(_ difference: TreeDifference) -> String {
    "\(text(difference.path) ?? "?") \(difference.entity)"
  }

  @Test(arguments: plants, 0..<3)
  func findsWhatIsPlantedAndNothingElse(plant: Plant, replica: Int) throws {
    let bricks = try (0..<3).map { _ in try Self.brick() }
    #expect(try differences(bricks).isEmpty)
    try plant.change(bricks[replica])
    let found = try differences(bricks)
    #expect(found.map(\.entity) == [plant.entity])
    let difference = try #require(found.first)
    #expect(text(difference.path) == plant.path)
    #expect(difference.values.count == 3)
    for other in 0..<3 {
      let isPlanted = other == replica
      let same = difference.values.filter { $0 == difference.values[other] }.count
      #expect(same == (isPlanted ? 1 : 2), "\(difference.values)")
    }
    #expect(try differences(bricks, times: false).isEmpty == (plant.entity == "mtime"))
  }

  @Test func ofADirectoryThatIsLackingEverythingIsNamed() throws {
    let bricks = try (0..<3).map { _ in try Self.brick() }
    try bricks[1].setMode(Self.file, 0o600)
    try bricks[2].unlink(Self.name("f", in: Self.directory))
    try bricks[2].removeDirectory(Self.name("d"))
    let found = try differences(bricks)
    #expect(Set(found.map(word)) == ["d name", "d/f name", "d/f mode"])
    #expect(found.count == 3)
    for difference in found {
      if difference.entity == "mode" {
        // The third one has no say in it.
        #expect(difference.values == ["644", "600", nil])
      } else {
        #expect(difference.values[0] == difference.values[1])
        #expect(difference.values[2] == "absent")
      }
    }
  }

  @Test func whatHasMovedIsComparedOnceAllTheSame() throws {
    let bricks = try (0..<3).map { _ in try Self.brick() }
    try bricks[2].rename(Self.name("d"), to: Self.name("moved"))
    try bricks[2].rename(Self.name("l"), to: Self.name("k"))
    try bricks[2].setMode(Self.file, 0o600)
    bricks[2].objects[Self.link]?.uid = Written(3, by: nil)
    let found = try differences(bricks)
    #expect(
      Set(found.map(word)) == ["d name", "moved name", "l name", "k name", "d/f mode", "k uid"])
    #expect(found.count == 6)
  }

  @Test func whatHasSeveralNamesIsReadOnce() throws {
    let bricks = try (0..<2).map { _ in try Self.brick() }
    for brick in bricks { try brick.link(Self.file, at: Self.name("again")) }
    var comparison = TreeComparison(bricks) { _ in true }
    try comparison.run { Issue.record("\($0)") }
    #expect(comparison.objectCount == 5)
    #expect(comparison.nameCount == 5)
    #expect(comparison.byteCount == 9)
  }

  @Test func whatCannotBeReadIsNamedAndTheRestCompared() throws {
    let bricks = try (0..<3).map { _ in try Self.brick() }
    try bricks[1].setMode(Self.directory, 0o700)
    for broken in [SickBrick.Part.status, .list, .data, .xattrs] {
      let sick = SickBrick(bricks[2], broken, Self.file, Self.directory)
      var found: [String] = []
      var comparison = TreeComparison([bricks[0], bricks[1], sick]) { _ in true }
      try comparison.run { found.append(word($0)) }
      let (name, isBelow) =
        switch broken {
        case .status: ("d/f object", true)
        case .list: ("d names", false)
        case .data: ("d/f data", true)
        case .xattrs: ("d/f xattrs", true)
        }
      // Nothing is said of what could not be seen.
      #expect(found.sorted() == ["d mode", name].sorted(), "\(broken)")
      #expect(comparison.unreadableCount == 1)
      #expect(comparison.unreadable.map(\.replica) == [2])
      #expect(comparison.unreadable.first?.error.errno == EIO)
      #expect(text(comparison.unreadable.first?.path) == (isBelow ? "d/f" : "d"))
    }
  }

  @Test func onlyWhatIsTouchedIsLookedAt() throws {
    let bricks = try (0..<2).map { _ in try Self.brick() }
    try bricks[1].setMode(Self.directory, 0o700)
    try bricks[1].setMode(Self.file, 0o600)
    try bricks[1].unlink(Self.name("l"))
    func found(_ objects: Set<GFID>, _ names: [EntryName]) throws -> [String] {
      var comparison = TreeComparison(bricks) { _ in true }
      var found: [String] = []
      try comparison.run(TouchedParts(objects: objects, names: names)) { found.append(word($0)) }
      return found.sorted()
    }
    #expect(try found([Self.device], [Self.name("c")]).isEmpty)
    #expect(try found([], [Self.name("f", in: Self.directory)]) == ["d/f mode"])
    #expect(try found([Self.directory], []) == ["d mode"])
    #expect(try found([], [Self.name("l")]) == ["l name"])
    // Nobody says a path.
    #expect(try found([Self.link], []) == ["? handle"])
    // What was removed everywhere is no difference.
    #expect(try found([Self.other], [Self.name("gone", in: Self.other)]).isEmpty)
  }
}

/// A brick that cannot answer one kind of question about one object.
private final class SickBrick: ReadableBrick {
  enum Part { case status, list, data, xattrs }
  private let brick: ModelBrick
  private let part: Part
  private let file: GFID
  private let directory: GFID

  init(_ brick: ModelBrick, _ part: Part, _ file: GFID, _ directory: GFID) {
    self.brick = brick
    self.part = part
    self.file = file
    self.directory = directory
  }

  private func ask(_ asked: Part, _ gfid: GFID) throws(BrickError) {
    let sick = part == .list ? directory : file
    if asked == part, gfid == sick { throw BrickError(EIO, "read") }
  }

  func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus? {
    try ask(.status, gfid)
    return try brick.status(gfid)
  }
  func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry? { try brick.lookup(name) }
  func list(_ gfid: GFID) throws(BrickError) -> [(name: ByteView, entry: DirectoryEntry)] {
    try ask(.list, gfid)
    return try brick.list(gfid)
  }
  func place(ofDirectory gfid: GFID) throws(BrickError) -> EntryName? {
    try brick.place(ofDirectory: gfid)
  }
  func symlinkTarget(_ gfid: GFID) throws(BrickError) -> ByteView { try brick.symlinkTarget(gfid) }
  func read(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> [UInt8] {
    try ask(.data, gfid)
    return try brick.read(gfid, at: offset, count: count)
  }
  func xattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    try ask(.xattrs, gfid)
    return try brick.xattrs(gfid)
  }
}
