import Foundation
import Testing

@testable import JBRCore

/// What a graph reaches: bricks that others use, that are another volume's, or that it does not
/// name.
@Suite struct VolfileBrickTests {
  private func posix(_ name: String, on directory: String, _ more: String = "") -> String {
    "volume \(name)\n type storage/posix\n option directory \(directory)\n \(more)\nend-volume\n"
  }
  private func client(_ name: String, _ subvolume: String, port: Int = 1) -> String {
    """
    volume \(name)
     type protocol/client
     option remote-host h
     option remote-port \(port)
     option remote-subvolume \(subvolume)
    end-volume

    """
  }
  private func pair(_ children: String) -> String {
    "volume top\n type cluster/replicate\n subvolumes \(children)\nend-volume\n"
  }

  // MARK: Shared bricks

  @Test(arguments: [
    ("/b", "/b"), ("/b", "//b/./"), ("/b/c", "/b"), ("/b", "/b/c/d"), ("/", "/b"),
  ])
  func twoVolumesOnOneBrickAreAnError(first: String, second: String) {
    let found = parse(posix("a", on: first) + posix("b", on: second) + pair("a b")).check()
    #expect(found.map(\.rule) == [.sharedBrick])
    #expect(found.first?.severity == .error)
  }

  @Test(arguments: [("/b", "/c"), ("/b", "/bc"), ("/b/c", "/b/d")])
  func neighboursAreNone(first: String, second: String) {
    #expect(rules(posix("a", on: first) + posix("b", on: second) + pair("a b")) == [])
  }

  @Test func twoConnectionsToOneBrickAreAnError() {
    #expect(rules(client("a", "x") + client("b", "x") + pair("a b")) == [.sharedBrick])
    #expect(rules(client("a", "x") + client("b", "y") + pair("a b")) == [])
    #expect(rules(client("a", "x") + client("b", "x", port: 2) + pair("a b")) == [])
  }

  // MARK: Recon graphs

  @Test(arguments: [
    (" jbr-volgen recon: replica r1 brick /b at h:1", "r1", "/b", "h:1", nil),
    (" jbr-volgen recon: replica r1 at [::1]:1", "r1", nil, "[::1]:1", nil),
    (
      "\tjbr-volgen  recon: replica option brick \"/a at\" at \"unix:/s \\\"\" plan 1f", "option",
      "/a at",
      "unix:/s \"", "1f"
    ),
  ])
  func aPromiseIsRead(
    comment: String, replica: String, brick: String?, server: String, plan: String?
  ) throws {
    let written = comment.replacing("replica option", with: "replica \"option\"")
    let promise = try ReconPromise(comment: written)
    #expect(
      promise == ReconPromise(replica: replica, brick: brick, server: server, plan: plan))
    #expect(try ReconPromise(comment: promise.comment) == promise)
  }

  @Test(arguments: [
    "", " made by hand", " recon client graph of replica r1 of volume v.",
    " jbr-volgen brick: replica r1, brick /b", " Made by jbr-volgen 0.1.0 from recon:.",
    " jbr-volgen reconciles replica r1", " jbr-volgen",
  ])
  func otherCommentsPromiseNothing(comment: String) {
    #expect(throws: ReconPromise.Trouble.other) { try ReconPromise(comment: comment) }
    #expect(rules("#\(comment)\n" + posix("a", on: "/b")) == [])
  }

  /// What was promised is not forgotten because somebody changed it by hand.
  @Test(arguments: [
    " jbr-volgen recon: replica r1, brick /b", " jbr-volgen recon: replica r1, brick /b, plan 1",
    " jbr-volgen recon: replica r1 brick /b", " jbr-volgen recon: replica r1", " jbr-volgen recon",
    " jbr-volgen recon:", " jbr-volgen recon: at h:1", " jbr-volgen recon: replica \"\" at h:1",
    " jbr-volgen recon: replica r1 at h:1 at h:2", " jbr-volgen recon: at h:1 replica r1",
    " jbr-volgen recon: replica r1 at h:1 and h:2", " jbr-volgen recon: replica r1 at",
    " jbr-volgen recon: replica \"r1 at h:1", " jbr-volgen recon: replica r1 at h:1 #",
    " jbr-volgen recon: replica r1 at h:1 plan volume", " jbr-volgen recon replica r1 at h:1",
    " JBR-volgen Recon: replica r1 at h:1", " jbr-volgen recon:replica r1 at h:1",
    " jbr-volgen recon: replica r1 at h\\:1",
  ])
  func aPromiseThatCannotBeReadIsAnError(comment: String) {
    let found = parse("#\(comment)\n\n" + posix("a", on: "/b")).check()
    #expect(found.map(\.rule) == [.reconReach])
    #expect(found.first?.severity == .error)
    #expect(found.first?.message.contains("cannot be read: ") == true)
  }

  @Test func aPromiseStandsAtTheHeadAndOnce() {
    let promise = "# jbr-volgen recon: replica r1 brick /b at h:1\n"
    let graph = posix("a", on: "/b", "# jbr-volgen recon: replica r1 brick /b at h:1\n")
    for text in [
      graph, posix("a", on: "/b") + promise, promise + promise + posix("a", on: "/b"),
      promise + "# jbr-volgen recon: replica r1 brick /c at h:2\n" + posix("a", on: "/b"),
    ] {
      #expect(rules(text) == [.reconReach])
    }
  }

  private let head = "# Made by hand\n# jbr-volgen recon: replica r1 brick /b at h:1\n"

  @Test func aReconGraphMayReachWhatItNames() {
    for parting in ["", "\n"] {
      #expect(rules(head + parting + posix("a", on: "/b/.")) == [])
      #expect(rules(head + parting + client("a", "r1")) == [])
      #expect(rules(head + parting + client("a", "/b")) == [])
    }
    let two = head + "# jbr-volgen recon: replica r2 brick /c at H:1 plan 12\n\n"
    #expect(rules(two + client("a", "r1") + client("b", "r2") + pair("a b")) == [])
  }

  @Test func aReconGraphReachesNoMore() {
    #expect(rules(head + posix("a", on: "/c")) == [.reconReach])
    #expect(rules(head + client("a", "r1") + client("b", "r2") + pair("a b")) == [.reconReach])
    let two = posix("a", on: "/b") + posix("c", on: "/c") + pair("a c")
    #expect(rules(head + two) == [.reconReach])
    #expect(rules(client("a", "r1") + client("b", "r1", port: 2) + pair("a b")) == [])
  }

  /// The same name elsewhere is another brick.
  @Test(arguments: [
    ("remote-host h", "remote-host g"), ("remote-port 1", "remote-port 2"),
    ("option remote-port 1", ""),
    ("remote-port 1", "remote-port 1\n option transport.remote-port 2"),
    ("remote-host h", "remote-host h\n option remote-host g"),
    (
      "remote-port 1",
      "remote-port 1\n option transport-type unix\n option transport.socket.connect-path /s"
    ),
  ])
  func aReconGraphConnectsNowhereElse(old: String, new: String) {
    let changed = client("a", "r1").replacing(old, with: new)
    #expect(rules(head + changed).filter { $0 != .duplicateOption } == [.reconReach])
  }

  @Test func aReconGraphOnASocketStaysThere() {
    func graph(_ socket: String, _ more: String = "option transport-type unix") -> String {
      "# jbr-volgen recon: replica r1 brick /b at unix:/run/s\n"
        + client("a", "r1").replacing(
          "option remote-port 1", with: "option transport.socket.connect-path \(socket)\n \(more)")
    }
    #expect(rules(graph("/run//s")) == [])
    #expect(rules(graph("/run/s", "option transport.address-family unix")) == [])
    #expect(rules(graph("/run/t")) == [.reconReach])
    // The socket means nothing where the connection is none of Unix.
    #expect(rules(graph("/run/s", "option transport.address-family inet")) == [.reconReach])
    #expect(
      rules(graph("/run/s", "option transport-type unix\n option connect-path /run/t"))
        == [.reconReach])
  }

  @Test func aReconGraphHasNoJournalAndNoPeers() {
    let journal =
      "volume f\n type experimental/fdl\n option log-path /j\n subvolumes a\nend-volume\n"
    let found = parse(head + posix("a", on: "/b") + journal).check()
    #expect(found.map(\.rule) == [.reconReach])
    #expect(found.first?.position == VolfilePosition(line: 9, column: 7))
    #expect(
      found.first?.message
        == "reaches a journal at '/j' through experimental/fdl, and the graph's head names only "
        + "'r1 of h:1 (/b)'")
  }

  @Test func thePromiseSurvivesPrinting() throws {
    let graph = parse(head + posix("a", on: "/b")).graph
    #expect(parse(try graph.volfile()).graph.reconPromises == graph.reconPromises)
    #expect(graph.reconPromises.count == 1)
  }

  // MARK: Identities

  private let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

  /// A brick of this machine with a volume-id; nil for none.
  private func brick(_ bytes: [UInt8]?, _ body: (String) throws -> Void) throws {
    try #require(geteuid() == 0, "tests of bricks on disk need root")
    let path = FileManager.default.temporaryDirectory.path + "/jbr-id-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    if let bytes {
      try Descriptor(directory: path).setXattr(".".utf8, "trusted.glusterfs.volume-id".utf8, bytes)
    }
    try body(path)
  }

  private let right: [UInt8] = [
    0x3f, 0x25, 0x04, 0xe0, 0x4f, 0x89, 0x41, 0xd3, 0x9a, 0x0c, 0x03, 0x05, 0xe8, 0x2c, 0x33, 1,
  ]

  @Test func aBrickOfTheVolumeIsRight() throws {
    try brick(right) { path in
      let graph = parse(posix("a", on: path, "option volume-id \(id.uppercased())")).graph
      #expect(graph.check(paths: SystemPaths()) == [])
      #expect(parse(posix("a", on: path)).check(paths: SystemPaths()) == [])
    }
  }

  @Test func aBrickOfAnotherVolumeOrOfNoneIsAnError() throws {
    for (bytes, text) in [
      ([UInt8](repeating: 7, count: 16), "07070707-0707-0707-0707-070707070707"),
      ([1], "of 1 bytes"), (nil, "belongs to no volume"),
    ] {
      try brick(bytes) { path in
        let graph = parse(posix("a", on: path, "option volume-id \(id)")).graph
        let found = graph.check(paths: SystemPaths())
        #expect(found.map(\.rule) == [.volumeID])
        #expect(found.first?.position == VolfilePosition(line: 4, column: 19))
        #expect(found.first?.message.contains(text) == true)
      }
    }
  }

  @Test(arguments: [
    "x", "3f2504e04f8941d39a0c0305e82c3301", "3f2504e0-4f89-41d3-9a0c-0305e82c330g",
  ])
  func whatIsNoUUIDIsAnError(text: String) {
    let found = parse(posix("a", on: "/nonexistent/b", "option volume-id \(text)"))
    #expect(found.check().map(\.rule) == [.volumeID])
  }

  @Test func aBrickThatIsNotHereIsNotJudged() {
    let graph = parse(posix("a", on: "/nonexistent/b", "option volume-id \(id)")).graph
    #expect(graph.check(paths: SystemPaths()) == [])
  }
}
