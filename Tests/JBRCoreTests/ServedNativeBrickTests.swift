import Foundation
import GlusterTesting
import Histories
import Testing

@testable import JBRCore

/// What was replayed natively, served by a real glusterfsd: every object by path and by GFID.
@Suite struct ServedNativeBrickTests {
  /// Replays onto a native brick in the place of the one that a server has, and has it served.
  private static func serve(_ requests: [FoldRequest]) throws -> ServedBrick {
    let served = try ServedBrick()
    served.stop()
    try FileManager.default.removeItem(atPath: served.brick)
    try FileManager.default.removeItem(atPath: served.directory + "/brick.log")
    let (_, summary) = try replay(requests, onto: served.brick)
    #expect(summary.count("failed") == 0)
    try served.start()
    return served
  }

  /// What a store says of an object, but for what a server's own work changes.
  private static func text(_ brick: any BrickStore, _ gfid: GFID) throws -> String {
    let status = try #require(try brick.status(gfid))
    let names = status.type == .directory ? 0 : status.nameCount
    var text =
      "\(status.type) \(status.mode) \(status.uid) \(status.gid) \(status.rdev) \(names)"
    text += " \(status.mtime)"
    for (key, value) in try brick.xattrs(gfid) { text += " \(Array(key))=\(Array(value))" }
    switch status.type {
    case .file:
      text += " \(status.size)"
      // Of a file of gigabytes, which is one hole, only where it begins and ends.
      let (size, part) = (Int(status.size), 4 << 20)
      for start in [0, max(0, size - part)] {
        text += " \(Digest(of: try brick.read(gfid, at: start, count: min(part, size))))"
      }
    case .symlink: text += " \(Array(try brick.symlinkTarget(gfid)))"
    default: break
    }
    return text
  }

  /// Walks the native tree, and asks the server the same of each name and GFID.
  private static func compare(_ native: NativeBrick, _ served: GlusterBrick) throws -> Int {
    var waiting = [GFID.root]
    var count = 0
    while let directory = waiting.popLast() {
      let names = try native.list(directory)
      #expect(try served.list(directory).map { [UInt8]($0.name) } == names.map { [UInt8]($0.name) })
      for (name, entry) in names {
        let gfid = try #require(entry.gfid)
        #expect(try served.lookup(EntryName(parent: directory, name: name)) == entry)
        #expect(try text(served, gfid) == text(native, gfid))
        if entry.type == .directory { waiting.append(gfid) }
        count += 1
      }
    }
    return count
  }

  /// Lines of a server's log that say more than that it runs. GlusterFS warns of a brick without
  /// a volfile server, of its limit of open files, and of clients that go.
  private static func complaints(_ served: ServedBrick) throws -> [Substring] {
    let log = try String(contentsOfFile: served.directory + "/brick.log", encoding: .utf8)
    let known = ["ulimit", "max open fd", "open file descriptors", "volfile-id", "disconnect"]
    return log.split(separator: "\n").filter { line in
      let level = line.range(of: "] ").map { line[$0.upperBound...].prefix(2) }
      guard level == "E " || level == "W " || level == "C " else { return false }
      return level != "W " || !known.contains { line.contains($0) }
    }
  }

  private static func check(_ requests: [FoldRequest], _ atLeast: Int) throws {
    try #require(isRoot)
    let served = try serve(requests)
    let native = try NativeBrick(path: served.brick)
    let count = try compare(native, try connect(served))
    #expect(count >= atLeast)
    let complaints = try complaints(served)
    #expect(complaints == [], "\(complaints.joined(separator: "\n"))")
  }

  @Test(arguments: 0..<(6 as UInt64)) func aRandomHistoryIsServed(seed: UInt64) throws {
    var requests: [FoldRequest] = []
    let brick = ModelBrick()
    var generator = ChangeGenerator(seed: seed)
    for index in 1...UInt64(150) {
      let id = RequestID(term: Term(1), index: index)
      brick.writer = id
      let change = generator.change(brick, index: index)
      change.apply(to: brick)
      requests.append(FoldRequest(id: id, request: change.request, payload: change.payload))
    }
    try Self.check(requests, 1)
  }

  @Test(arguments: ["01-fdl-allops-fuse", "02-fdl-allops-gfapi", "40-fdl-one-fop-per-term"])
  func aRealJournalsBrickIsServed(name: String) throws {
    guard let sample = try SampleCase(name) else { return }
    let requests = try records(sample.journal).map {
      FoldRequest(id: $0.id, request: $0.request, payload: $0.payload)
    }
    try Self.check(requests, 1)
  }
}
