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

  @Test(arguments: plants, 0..<3)
  func findsWhatIsPlantedAndNothingElse(plant: Plant, replica: Int) throws {
    let bricks = try (0..<3).map { _ in try Self.brick() }
    #expect(try differences(bricks).isEmpty)
    try plant.change(bricks[replica])
    let found = try differences(bricks)
    #expect(found.map(\.entity) == [plant.entity])
    let difference = try #require(found.first)
    #expect(String(decoding: difference.path, as: UTF8.self) == plant.path)
    #expect(difference.values.count == 3)
    for other in 0..<3 {
      let isPlanted = other == replica
      let same = difference.values.filter { $0 == difference.values[other] }.count
      #expect(same == (isPlanted ? 1 : 2), "\(difference.values)")
    }
    #expect(try differences(bricks, times: false).isEmpty == (plant.entity == "mtime"))
  }
}
