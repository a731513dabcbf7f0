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
    (" jbr-volgen recon: replica r1, brick /b", "r1", "/b", nil),
    (" jbr-volgen recon: replica r1, brick /a b, plan x/c", "r1", "/a b", "x/c"),
    ("jbr-volgen recon: replica r1, brick /b, plan a, plan 1f", "r1", "/b, plan a", "1f"),
    (" jbr-volgen recon: replica r1, brick /b, plan of it", "r1", "/b, plan of it", nil),
  ])
  func aPromiseIsRead(comment: String, replica: String, brick: String, plan: String?) throws {
    let promise = try #require(ReconPromise(comment: comment))
    #expect(promise.replica == replica)
    #expect(promise.brick == brick)
    #expect(promise.plan == plan)
  }

  @Test(arguments: [
    "", " made by hand", " jbr-volgen recon: replica r1", " jbr-volgen recon: replica , brick ",
    " recon client graph of replica r1 of volume v.",
  ])
  func otherCommentsPromiseNothing(comment: String) {
    #expect(ReconPromise(comment: comment) == nil)
  }

  private let head = "# Made by hand\n# jbr-volgen recon: replica r1, brick /b\n"

  @Test func aReconGraphMayReachWhatItNames() {
    for parting in ["", "\n"] {
      #expect(rules(head + parting + posix("a", on: "/b/.")) == [])
      #expect(rules(head + parting + client("a", "r1")) == [])
      #expect(rules(head + parting + client("a", "/b")) == [])
    }
    let two = head + "# jbr-volgen recon: replica r2, brick /c, plan 12\n\n"
    #expect(rules(two + client("a", "r1") + client("b", "r2") + pair("a b")) == [])
  }

  @Test func aReconGraphReachesNoMore() {
    #expect(rules(head + posix("a", on: "/c")) == [.reconReach])
    #expect(rules(head + client("a", "r1") + client("b", "r2") + pair("a b")) == [.reconReach])
    // The same name elsewhere is another brick.
    let elsewhere = client("a", "r1") + client("b", "r1", port: 2) + pair("a b")
    #expect(rules(head + elsewhere) == [.reconReach])
    let two = posix("a", on: "/b") + posix("c", on: "/c") + pair("a c")
    #expect(rules(head + two) == [.reconReach])
    #expect(rules(elsewhere) == [])
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
        + "'r1 (/b)'")
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
      #expect(graph.checkBrickIdentities() == [])
      #expect(parse(posix("a", on: path)).graph.checkBrickIdentities() == [])
    }
  }

  @Test func aBrickOfAnotherVolumeOrOfNoneIsAnError() throws {
    for (bytes, text) in [
      ([UInt8](repeating: 7, count: 16), "07070707-0707-0707-0707-070707070707"),
      ([1], "of 1 bytes"), (nil, "belongs to no volume"),
    ] {
      try brick(bytes) { path in
        let graph = parse(posix("a", on: path, "option volume-id \(id)")).graph
        let found = graph.checkBrickIdentities()
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
    #expect(found.graph.checkBrickIdentities() == [])
  }

  @Test func aBrickThatIsNotHereIsNotJudged() {
    let graph = parse(posix("a", on: "/nonexistent/b", "option volume-id \(id)")).graph
    #expect(graph.checkBrickIdentities() == [])
  }
}
