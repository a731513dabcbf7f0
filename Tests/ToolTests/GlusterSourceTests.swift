import Foundation
import GlusterTesting
import Testing

/// The graphs of recon, whatever source they are made of, in a real GlusterFS: its server takes
/// them, and jbr-replay works through them.
@Suite struct GlusterSourceTests {
  private static let volumeID = "712d8b1e-6da2-4ac2-b9c6-e254e1dab94e"

  /// The volume rep3 of the samples, moved into a folder of the test's own.
  private final class Volume {
    let directory: String

    init() throws {
      try #require(geteuid() == 0, "tests of bricks on disk need root")
      directory =
        FileManager.default.temporaryDirectory.path + "/jbr-src-"
        + UUID().uuidString.prefix(8)
      try FileManager.default.createDirectory(
        atPath: directory + "/rep3/bricks", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { directory + "/" + name }

    /// Copies a sample, with bricks and host as they are here.
    func copy(_ sample: String, to name: String) throws -> String {
      let text = try String(contentsOfFile: samplePath("glusterd/" + sample), encoding: .utf8)
      let moved = text.replacing("/srv/gd/bricks/rep/b", with: directory + "/b")
        .replacing("vm:/", with: "127.0.0.1:/")
        .replacing("hostname=vm", with: "hostname=127.0.0.1")
        .replacing("remote-host vm", with: "remote-host 127.0.0.1")
        .replacing("bind-address vm", with: "bind-address 127.0.0.1")
      try Data(moved.utf8).write(to: URL(fileURLWithPath: path(name)))
      return path(name)
    }

    /// One of the sources, by name.
    func source(_ kind: String) throws -> String {
      switch kind {
      case "volume info": return try copy("info-rep3.xml", to: "info.xml")
      case "client's volfile": return try copy("rep3/trusted-rep3.tcp-fuse.vol", to: "client.vol")
      case "brick's volfile":
        return try copy("rep3/rep3.vm.srv-gd-bricks-rep-b1.vol", to: "brick.vol")
      case "glusterd":
        for number in 1...3 {
          let brick = "rep3/bricks/vm:-srv-gd-bricks-rep-b\(number)"
          _ = try copy(brick, to: brick)
        }
        _ = try copy("rep3/info", to: "rep3/info")
        return path("rep3")
      default:
        let replicas = (1...3).map { number in
          #"{"name": "brick-\#(number - 1)", "host": "127.0.0.1", "port": \#(34000 + number), "#
            + #""brick": "\#(directory)/b\#(number)", "leader": \#(number == 1)}"#
        }
        let text =
          #"{"volume": "rep3", "volume_id": "\#(GlusterSourceTests.volumeID)", "replicas": ["#
          + replicas.joined(separator: ", ") + "]}"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path("set.json")))
        return path("set.json")
      }
    }

    func volgen(_ arguments: String...) throws {
      let run = try runTool("jbr-volgen", arguments + ["-o", path("recon")])
      try #require(run.status == 0, "\(run.stderr)")
      let graphs = try run.lines.compactMap { $0.text("file") }
      #expect(try runTool("jbr-volgen", ["check"] + graphs).status == 0)
    }
  }

  /// Replays a real journal, and compares the brick with one on which it was replayed on disk.
  private func expectReplay(
    _ volume: Volume, onto brick: String, through graph: String, isNew: Bool
  ) throws {
    let journal = try JournalSample("40-fdl-one-fop-per-term")
    let native = volume.path("native")
    let plain = try runTool(
      "jbr-replay", ["--init", "--journal", journal.replicas[0], native])
    let arguments = (isNew ? ["--init"] : []) + ["--journal", journal.replicas[0]]
    let run = try runTool("jbr-replay", arguments + ["--volfile", graph])
    #expect(run.status == plain.status, "\(run.stderr)")
    #expect(try run.lines.last?.number("applied") == plain.lines.last?.number("applied"))
    let compared = try output(
      [repository + "/Tests/compare-bricks", native, brick])
    #expect(compared.text == "")
  }

  @Test(arguments: [
    "description", "volume info", "glusterd", "client's volfile", "brick's volfile",
  ])
  func aLocalBrickIsReplayedThroughItsSocket(kind: String) throws {
    let volume = try Volume()
    let source = try volume.source(kind)
    try volume.volgen(
      "recon", "-i", source, "--local", "127.0.0.1", "--socket-directory", volume.directory,
      "--replica", "brick-0")
    let names = try FileManager.default.contentsOfDirectory(atPath: volume.path("recon"))
    #expect(names.sorted() == ["brick-0-brick.vol", "brick-0-client.vol"])
    try expectReplay(
      volume, onto: volume.path("b1"), through: volume.path("recon/brick-0-client.vol"),
      isNew: true)
    // Nothing but that brick was reached.
    #expect(!FileManager.default.fileExists(atPath: volume.path("b2")))
    let id = try output(
      ["getfattr", "-n", "trusted.glusterfs.volume-id", "-e", "hex", volume.path("b1")])
    #expect(id.text.contains(Self.volumeID.replacing("-", with: "")), "\(id.text)")
  }

  @Test(arguments: ["description", "volume info", "glusterd", "client's volfile"])
  func aFarBrickIsReplayedThroughItsPort(kind: String) throws {
    let volume = try Volume()
    let source = try volume.source(kind)
    let port = BrickServer.freePort()
    try volume.volgen(
      "recon", "-i", source, "--recon-port", "\(port - 1)", "--replica", "brick-1")
    try FileManager.default.createDirectory(
      atPath: volume.path("b2"), withIntermediateDirectories: true)
    let graph = volume.path("recon/brick-1-brick.vol")
    let log = volume.path("log")
    let id = "0x" + Self.volumeID.replacing("-", with: "")
    try system(["setfattr", "-n", "trusted.glusterfs.volume-id", "-v", id, volume.path("b2")])
    let server = try BrickServer(graph, log: log, port: port)
    try expectReplay(
      volume, onto: volume.path("b2"), through: volume.path("recon/brick-1-client.vol"),
      isNew: false)
    withExtendedLifetime(server) {}
  }

  /// Credentials count: without those of the source nobody gets in.
  @Test func theLoginOfTheSourceIsAskedFor() throws {
    let volume = try Volume()
    let source = try volume.source("glusterd")
    try volume.volgen(
      "recon", "-i", source, "--local", "127.0.0.1", "--socket-directory", volume.directory,
      "--replica", "brick-0")
    let client = volume.path("recon/brick-0-client.vol")
    let brick = volume.path("recon/brick-0-brick.vol")
    let text = try String(contentsOfFile: brick, encoding: .utf8)
    #expect(text.contains("auth.login.brick-0.allow 357e07fd-f1d1-42bc-b75a-fcbe7da8233a"))
    #expect(!text.contains("auth.addr."))
    let changed = try runTool(
      "jbr-volgen", ["set", "--write", client, "--type", "protocol/client", "password=wrong"])
    #expect(changed.status == 0)
    let journal = try JournalSample("40-fdl-one-fop-per-term")
    let run = try runTool(
      "jbr-replay", ["--init", "--journal", journal.replicas[0], "--volfile", client])
    #expect(run.status != 0)
    #expect(run.stdout == [])
  }
}
