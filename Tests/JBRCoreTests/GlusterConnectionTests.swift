import Foundation
import GlusterTesting
import Testing

@testable import JBRCore

@Suite("Connecting to a brick behind GlusterFS")
struct GlusterConnectionTests {
  @Test func aRefusedLoginIsToldSoon() throws {
    try #require(isRoot)
    var shape = ServedBrick.Shape()
    shape.password = "another"
    let served = try ServedBrick(shape)
    let clock = ContinuousClock()
    let start = clock.now
    let failure = failure { _ = try connect(served, seconds: 60) }
    #expect(clock.now - start < .seconds(5))
    #expect(failure?.status == .cannotOpen)
    #expect(failure?.message.contains("Authentication failed") == true, "\(failure as Any)")
    shape.password = "secret"
    let open = try ServedBrick(shape)
    #expect(try connect(open).status(.root)?.type == .directory)
    withExtendedLifetime(open) {}
  }

  /// It takes the connection and never answers.
  @Test func aSilentBrickIsWaitedForNoLongerThanSaid() throws {
    try #require(isRoot)
    let served = try ServedBrick()
    let number = try #require(served.processNumber)
    kill(number, SIGSTOP)
    defer { kill(number, SIGCONT) }
    let clock = ContinuousClock()
    let start = clock.now
    let failure = failure { _ = try connect(served, seconds: 1) }
    #expect(clock.now - start < .seconds(5))
    #expect(failure?.status == .ioError)
    #expect(failure?.message.contains("does not answer within 1 s") == true)
  }

  @Test func aDeadBrickIsToldAtOnce() throws {
    try #require(isRoot)
    let served = try ServedBrick()
    let brick = try connect(served)
    #expect(try brick.status(.root) != nil)
    served.kill()
    let clock = ContinuousClock()
    let start = clock.now
    let place = EntryName(parent: .root, name: [97])
    let new = NewObject(gfid: Request.gfid(1), type: .file, mode: 0o600)
    #expect(answer { try brick.make(new, at: place) } == "ENOTCONN")
    // It is trouble, and no answer to the request.
    #expect(Outcome(BrickError(JBRCore.ENOTCONN, "lookup")).word == "failed")
    let failure = failure { _ = try connect(served) }
    #expect(failure?.status == .ioError)
    #expect(clock.now - start < .seconds(5))
  }

  @Test func twoReplaysKeepOffEachOther() throws {
    try #require(isRoot)
    let served = try ServedBrick()
    let (first, second) = (try connect(served), try connect(served))
    #expect(try first.lock())
    #expect(try !second.lock())
    first.unlock()
    #expect(try second.lock())
  }

  @Test func aBrickWithoutLocksIsRefused() throws {
    try #require(isRoot)
    var shape = ServedBrick.Shape()
    shape.hasLocks = false
    let served = try ServedBrick(shape)
    let failure = failure { _ = try GlusterReplica(GlusterGraph(path: served.clientVolfile)) }
    #expect(failure?.status == .unavailable)
    #expect(failure?.message.contains("features/locks") == true)
  }

  /// Each file and directory is flushed by itself where the brick is elsewhere.
  @Test func whatWasChangedIsFlushed() throws {
    try #require(isRoot)
    let served = try ServedBrick()
    let brick = try connect(served)
    for (number, type) in ObjectType.allCases.enumerated() where type != .unknown {
      let gfid = Request.gfid(UInt64(number + 1))
      let name = EntryName(parent: .root, name: ByteView(type.rawValue.utf8))
      try brick.make(
        NewObject(gfid: gfid, type: type, mode: 0o600, target: ByteView("t".utf8)), at: name)
      try brick.setTimes(gfid, atime: nil, mtime: FileTime(seconds: 1, nanoseconds: 2))
    }
    try brick.unlink(EntryName(parent: .root, name: ByteView("fifo".utf8)))
    try brick.synchronize()
    try brick.synchronize()
    try brick.make(
      NewObject(gfid: Request.gfid(50), type: .file, mode: 0o600),
      at: EntryName(parent: .root, name: ByteView("late".utf8)))
    served.kill()
    #expect(answer { try brick.synchronize() } == "ENOTCONN")
  }

  @Test(arguments: [
    ("type features/gfid-access\nsubvolumes c", "option remote-host h", "`date`", "backtick"),
    ("type features/gfid-access\nsubvolumes c", "", "", "remote-host"),
    ("type debug/io-stats\nsubvolumes c", "option remote-host h", "", "features/gfid-access"),
  ])
  func onlySafeGraphsAreHandedOver(top: String, host: String, extra: String, says: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/x-client.vol"
    let text = """
      # \(extra)
      volume c
      type protocol/client
      option remote-subvolume s
      \(host)
      end-volume
      volume top
      \(top)
      end-volume

      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let failure = failure { _ = try GlusterGraph(path: path) }
    #expect(failure?.status == .damaged)
    #expect(failure?.path == path)
    #expect(failure?.description.contains(says) == true, "\(failure as Any)")
  }

  @Test func aGraphLeadsToOneBrickThroughAConnection() throws {
    let directory = try TemporaryDirectory()
    let client =
      "volume %\ntype protocol/client\noption remote-host h\n"
      + "option remote-subvolume %\nend-volume\n"
    let top = "volume top\ntype features/gfid-access\nsubvolumes"
    for (text, says) in [
      (
        client.replacing("%", with: "a") + client.replacing("%", with: "b")
          + "volume r\ntype cluster/replicate\nsubvolumes a b\nend-volume\n"
          + "\(top) r\nend-volume\n", "has 2 protocol/client"
      ),
      (
        client.replacing("%", with: "a")
          + "volume p\ntype storage/posix\noption directory /b\nend-volume\n"
          + "volume d\ntype cluster/distribute\nsubvolumes a p\nend-volume\n"
          + "\(top) d\nend-volume\n", "has storage/posix itself"
      ),
    ] {
      let path = directory.path + "/c.vol"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let failure = failure { _ = try GlusterGraph(path: path) }
      #expect(failure?.status == .damaged)
      #expect(failure?.message.hasPrefix(says) == true, "\(failure as Any)")
    }
  }

  @Test func theLogSaysWhy() {
    let log = """
      [2026-01-01 00:00:00.1 +0000] I [MSGID: 1] [a.c:1:f] 0-v: fine
      [2026-01-01 00:00:00.1 +0000] E [MSGID: 2] [a.c:2:g] 0-v: first: one [{errno=2}] 
      [2026-01-01 00:00:00.1 +0000] E [MSGID: 3] [a.c:3:h] 0-v: second
      """
    #expect(GlusterLog.reason(log)?.text == "first: one [{errno=2}]")
    #expect(GlusterLog.reason("") == nil)
    let refused =
      log + "\n[x] E [a.c:1:f] 0-c: SETVOLUME on remote-host failed [{e}]\n[x] E [y] 0-z: w"
    #expect(GlusterLog.reason(refused)?.isRefusal == true)
  }
}
