import Histories
import Testing

@testable import JBRCore

@Suite("Bricks and files on other hosts")
struct RemoteBrickTests {
  private func answer(_ change: Change, _ brick: any BrickStore) -> Int32 {
    do throws(BrickError) {
      try FopSemantics.apply(change.request, payload: change.payload, to: brick)
      return 0
    } catch { return error.errno }
  }

  /// Every primitive that requests are made of comes to the same through the wire.
  @Test(arguments: seeds(6))
  func areAsThoseOfThisHost(seed: UInt64) throws {
    try #require(isRoot)
    var generator = ChangeGenerator(seed: seed)
    let directory = try TemporaryDirectory()
    let near = try NativeBrick(path: directory.path + "/near", creating: true)
    _ = try NativeBrick(path: directory.path + "/far", creating: true)
    let host = FarHost()
    let hosts = host.hosts()
    let far = try hosts.brick("host:" + directory.path + "/far")
    let model = ModelBrick.empty()
    for brick in [near, far, model] as [any BrickStore] { try brick.setMode(.root, 0o755) }
    for index in 1...60 as ClosedRange<UInt64> {
      let change = generator.change(model, index: index)
      model.writer = RequestID(term: Term(1), index: index)
      _ = answer(change, model)
      let expected = answer(change, near)
      let found = answer(change, far)
      #expect(found == expected, "seed \(seed): \(describe(change.request))")
      if found != expected { return }
    }
    let timed = Set(model.objects.filter { $0.value.mtime != nil }.keys)
    #expect(try treeText(near, timed: timed) == treeText(far, timed: timed), "seed \(seed)")
    #expect(try treeText(near, timed: timed).count > 100)
    hosts.close()
    host.wait()
  }

  @Test func longFilesAndManyNamesComeInParts() throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    let near = try NativeBrick(path: directory.path + "/b", creating: true)
    let host = FarHost()
    let far = try host.hosts().brick("h:" + directory.path + "/b")
    let file = GFID(high: 1, low: 1)
    let name = { (text: String) in EntryName(parent: .root, name: ByteView(text.utf8)) }
    try far.make(NewObject(gfid: file, type: .file, mode: 0o600), at: name("f"))
    let content = (0..<RemoteBrick.blockByteCount * 2 + 3).map {
      UInt8(truncatingIfNeeded: $0 >> 3)
    }
    try far.write(Payload(content), to: file, at: 5)
    #expect(try near.read(file, at: 5, count: content.count + 9) == content)
    #expect(try far.read(file, at: 5, count: content.count + 9) == content)
    let size = Int64(content.count + 5)
    #expect(try far.trimmedDigest(file, 0..<size) == near.trimmedDigest(file, 0..<size))
    #expect(try far.digest(file, at: 7, count: 9) == Digest(of: content[2..<11]))
    for number in 0..<40 {
      try far.make(
        NewObject(gfid: GFID(high: 2, low: UInt64(number)), type: .fifo, mode: 0o600),
        at: name("n\(number)"))
    }
    #expect(try far.list(.root).map(\.name) == near.list(.root).map(\.name))
    #expect(try far.list(.root).count == 41)
    #expect(
      failure(of: { try host.hosts().brick("h:" + directory.path) })?.path == "h:" + directory.path)
  }

  @Test func whatIsAskedAheadIsForgottenOnceTheBrickChanges() throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    _ = try NativeBrick(path: directory.path + "/b", creating: true)
    let host = FarHost()
    let hosts = host.hosts()
    let far = try hosts.brick("h:" + directory.path + "/b")
    far.expect([.status(.root)])
    let before = try #require(try far.status(.root))
    let count = hosts.byteCounts.sent
    #expect(try far.status(.root) == before)
    #expect(hosts.byteCounts.sent == count, "it was asked for again")
    far.expect([.status(.root)])
    try far.setMode(.root, before.mode ^ 0o7)
    #expect(try far.status(.root)?.mode == before.mode ^ 0o7)
  }

  @Test func aFileThatIsReplacedMeanwhileIsNotReadAsOne() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/f"
    try writeSmallFile(ByteView("one".utf8), to: path, replacing: false)
    let host = FarHost()
    let hosts = host.hosts()
    let place = try hosts.files(of: "h:" + path)
    let source = try place.source("h:" + path).opened()
    #expect(try source.read(at: 1, count: 9) == Array("ne".utf8))
    #expect(try source.sums(of: Stretch(at: 0, count: 9)).byteCount == 3)
    try writeSmallFile(ByteView("another".utf8), to: path, replacing: true)
    // The far end has the first one open still; behind a cut it cannot have.
    #expect(try source.read(at: 1, count: 9) == Array("ne".utf8))
    host.cut()
    let lost = try #require(failure(of: { try source.read(at: 1, count: 9) }))
    #expect(lost.status == .tryAgain)
    #expect(lost.path == "h:" + path)
    #expect(lost.message.contains("replaced"))
    #expect(try place.source("h:" + path).read(at: 0, count: 9) == Array("another".utf8))
    #expect(try place.names(in: "h:" + directory.path) == ["f"])
    #expect(try place.kind("h:" + directory.path) == .directory)
    #expect(try place.kind("h:" + path + "x") == nil)
  }
}
