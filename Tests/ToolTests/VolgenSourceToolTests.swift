import Foundation
import Testing

/// The built jbr-volgen on sources of GlusterFS, and with a plan.
@Suite struct VolgenSourceToolTests {
  private let info = samplePath("glusterd/info-rep3.xml")

  private func volgen(_ arguments: String..., stdin: [UInt8] = []) throws -> ToolRun {
    try runTool("jbr-volgen", arguments, stdin: stdin)
  }

  private func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }

  @Test func eachSourceIsToldByItsContent() throws {
    let sources = [
      info, samplePath("glusterd/rep3"), samplePath("glusterd/rep3/rep3.tcp-fuse.vol"),
    ]
    for source in sources {
      let run = try volgen("client", "-i", source)
      #expect(run.status == 0, "\(run.stderr)")
      #expect(run.stderr == "")
      #expect(run.text.contains("volume rep3-replicate-0\n    type cluster/replicate\n"))
      #expect(run.text.hasPrefix("# jbr-volgen client: volume rep3\n# Made by jbr-volgen "))
    }
    let text = Array(try Data(contentsOf: URL(fileURLWithPath: info)))
    let piped = try volgen("client", "-i", "-", stdin: text)
    #expect(piped.status == 0)
    #expect(piped.text.contains("from standard input.\n"))
  }

  @Test func whatASourceDoesNotSayIsNamed() throws {
    let run = try volgen("recon", "-i", info, "--replica", "brick-0", "--part", "client")
    #expect(run.status == 64)
    #expect(
      run.stderr
        == "jbr-volgen: \(info): replicas[0].recon_port: is missing, and a replica that is "
        + "not local needs it for recon; --overlay can say it\n")
    let port = try volgen(
      "recon", "-i", info, "--replica", "brick-1", "--part", "client", "--recon-port", "35001")
    #expect(port.status == 0)
    #expect(port.text.contains("option remote-port 35002\n"))
    #expect(
      port.text.hasPrefix("# jbr-volgen recon: replica brick-1 brick /srv/gd/bricks/rep/b2 at "))
    let overlay = try volgen(
      "brick", "-i", info, "--overlay", "-", "--replica", "brick-0",
      stdin: Array(#"{"auth": {"username": "u", "password": "p"}}"#.utf8))
    #expect(overlay.status == 0)
    #expect(overlay.text.contains("option auth.login.u.password p\n"))
  }

  @Test func optionsThatNoGraphShowsAreNamed() throws {
    let run = try volgen(
      "client", "-i", info, "--overlay", "-",
      stdin: Array(#"{"options": {"features.uss": "on", "performance.cache-size": "1GB"}}"#.utf8))
    #expect(run.status == 0)
    #expect(
      run.stderr == "jbr-volgen: \(info): no graph made here shows features.uss; add by hand what "
        + "is missed\n")
    #expect(run.text.contains("    type performance/quick-read\n    option cache-size 1GB\n"))
  }

  @Test(arguments: [
    ["client", "-i", "-", "--overlay", "-"], ["client", "-i", "I", "--recon-port", "0"],
    ["client", "-i", "I", "--socket-directory", "relative"],
    ["client", "-i", "I", "--volume", "x"],
    ["client", "-i", "I", "--local", "nowhere"], ["client"],
    ["recon", "-i", "I", "--plan", "p", "--replica", "brick-0"],
    ["recon", "-i", "I", "--replica", "nosuch", "-o", "x"],
  ])
  func wrongUseIsToldFromTrouble(arguments: [String]) throws {
    let run = try runTool("jbr-volgen", arguments.map { $0 == "I" ? info : $0 })
    #expect(run.status == 64, "\(run.stderr)")
    #expect(run.stdout == [])
    #expect(run.stderr.split(separator: "\n").count == 1)
  }

  @Test func badSourcesAreOneLine() throws {
    #expect(try volgen("client", "-i", "/nonexistent").status == 66)
    #expect(try volgen("client", "-i", samplePath("volfiles")).status == 66)
    #expect(try volgen("client", "-i", samplePath("glusterd/rep3/info")).status == 64)
    #expect(try volgen("client", "-i", samplePath("glusterd/info-all.xml")).status == 64)
    #expect(try volgen("client", "-i", info, "--overlay", "/nonexistent").status == 66)
    let entity = try volgen("client", "-i", "-", stdin: Array("<!DOCTYPE x><a/>".utf8))
    #expect(entity.status == 65)
    #expect(entity.stderr.split(separator: "\n").count == 1)
  }

  /// So many that they are flushed together.
  @Test func manyGraphsAreWrittenAndNothingElse() throws {
    let directory = FileManager.default.temporaryDirectory.path + "/jbr-many-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let replicas = (0..<50).map { number in
      #"{"name": "r\#(number)", "host": "h\#(number)", "port": 1, "brick": "/b", "#
        + #""recon_port": 2, "leader": \#(number == 0)}"#
    }
    let set = Array(#"{"volume": "v", "replicas": [\#(replicas.joined(separator: ", "))]}"#.utf8)
    let run = try volgen("recon", "-i", "-", "-o", directory, stdin: set)
    #expect(run.status == 0, "\(run.stderr)")
    let names = try self.names(in: directory)
    #expect(names.count == 100)
    #expect(names.allSatisfy { $0.hasSuffix("-brick.vol") || $0.hasSuffix("-client.vol") })
    #expect(try volgen("recon", "-i", "-", "-o", directory, stdin: set).status == 73)
    #expect(try volgen("recon", "-i", "-", "-o", directory, "--force", stdin: set).status == 0)
    #expect(try self.names(in: directory) == names)
  }

  // MARK: Plans

  /// A description of the sample's replicas, whose names need not be those of the plan.
  private func description(of set: ReplicaSetSample, names: [String]) -> [UInt8] {
    let replicas = names.indices.map { number in
      #"{"name": "\#(names[number])", "host": "127.0.0.1", "port": \#(34001 + number), "#
        + #""brick": "\#(set.brick(number))", "local": true, "leader": \#(number == 0), "#
        + #""socket": "\#(set.file("s\(number)"))"}"#
    }
    return Array(#"{"volume": "v", "replicas": [\#(replicas.joined(separator: ", "))]}"#.utf8)
  }

  @Test(arguments: [["replica0", "replica1", "replica2"], ["a", "b", "c"]])
  func aPlanNamesTheBricks(names: [String]) throws {
    let set = try ReplicaSetSample("follower-down")
    let plan = try set.plan()
    let steps = plan.of("step")
    let used = Set(steps.compactMap { $0.text("replica") })
    #expect(used == ["replica2"])
    let id = try #require(plan.first?.text("plan_id"))
    let directory = set.file("recon")
    let run = try volgen(
      "recon", "-i", "-", "--plan", set.file("plan.jsonl"), "-o", directory,
      stdin: description(of: set, names: names))
    #expect(run.status == 0, "\(run.stderr)")
    #expect(try validate(run.stdout).status == 0)
    #expect(try self.names(in: directory) == ["\(names[2])-brick.vol", "\(names[2])-client.vol"])
    #expect(try run.lines.allSatisfy { $0.text("plan_id") == id })
    for part in ["brick", "client"] {
      let text = try String(
        contentsOfFile: "\(directory)/\(names[2])-\(part).vol", encoding: .utf8)
      #expect(
        text.hasPrefix(
          "# jbr-volgen recon: replica \(names[2]) brick \(set.brick(2)) at "
            + "unix:\(set.file("s2")) plan \(id)\n"))
      // Comments survive whatever else is done to the file.
      let changed = try volgen(
        "set", "-", "--volume", part == "brick" ? "v-posix" : "v-recon-\(names[2])", "a=b",
        "--force",
        stdin: Array(text.utf8))
      #expect(changed.text.hasPrefix(text.prefix { $0 != "\n" } + "\n"))
    }
  }

  @Test func aPlanOfOtherBricksIsRefused() throws {
    let set = try ReplicaSetSample("follower-down")
    _ = try set.plan()
    let good = String(
      decoding: description(of: set, names: ["replica0", "replica1", "replica2"]), as: UTF8.self)
    let moved = good.replacing(set.brick(2), with: "/srv/elsewhere")
    let run = try volgen(
      "recon", "-i", "-", "--plan", set.file("plan.jsonl"), stdin: Array(moved.utf8))
    #expect(run.status == 77)
    #expect(run.stderr.contains("replica replica2 has the brick \(set.brick(2)) there"))
    let unknown = moved.replacing("replica2", with: "other")
    let missing = try volgen(
      "recon", "-i", "-", "--plan", set.file("plan.jsonl"), stdin: Array(unknown.utf8))
    #expect(missing.status == 64)
    #expect(missing.stderr.contains("neither its name nor its brick"))
    #expect(
      try volgen("recon", "-i", "-", "--plan", "/nonexistent", stdin: Array(good.utf8)).status
        == 66)
  }

  @Test func aPlanWithoutStepsNeedsNoGraph() throws {
    let set = try ReplicaSetSample("follower-down")
    _ = try set.plan()
    #expect(try set.reconcile("apply", "--yes", set.file("plan.jsonl")).status == 0)
    _ = try set.plan("again.jsonl")
    let run = try volgen(
      "recon", "-i", "-", "--plan", set.file("again.jsonl"), "-o", set.file("none"),
      stdin: description(of: set, names: ["a", "b", "c"]))
    #expect(run.status == 0)
    #expect(run.stdout == [])
    #expect(run.stderr.contains("the plan's steps need no brick"))
  }
}
