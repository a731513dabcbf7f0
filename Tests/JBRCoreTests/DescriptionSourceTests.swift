import Foundation
import JBRCore
import Testing

/// Sources of a description, good and hostile.
@Suite struct DescriptionSourceTests {
  /// Reads a text as a source from a file.
  private func describe(
    _ text: String, _ supplement: SourceSupplement = SourceSupplement()
  ) throws -> ReplicaSetDescription {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("jbr-source-\(UUID().uuidString)")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try ReplicaSetDescription(source: file.path, named: "src", supplement)
  }

  private func failure(_ text: String, _ supplement: SourceSupplement = SourceSupplement())
    -> String
  {
    do {
      return "accepted: \(try describe(text, supplement))"
    } catch {
      return "\(error)"
    }
  }

  private func sample(_ name: String) throws -> String {
    String(decoding: try VolfileSamples.bytes("glusterd/" + name), as: UTF8.self)
  }

  private func overlay(_ text: String) -> SourceSupplement {
    var supplement = SourceSupplement()
    supplement.overlay = (Array(text.utf8), "o.json")
    return supplement
  }

  // MARK: Hostile XML

  @Test func entitiesAreNotExpanded() {
    let laughs = """
      <?xml version="1.0"?>
      <!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "/etc/passwd">]>
      <cliOutput>&b;&c;</cliOutput>
      """
    #expect(
      failure(laughs)
        == "src: at line 2, column 13: is no XML that can be read: a document type, which no output of "
        + "GlusterFS has")
  }

  @Test func depthAndCutsAreRefused() throws {
    let deep = String(repeating: "<a>", count: 100_000)
    #expect(failure(deep).contains("elements nested deeper than 64"))
    let whole = try sample("info-dr.xml")
    for count in stride(from: 1, to: whole.utf8.count - 2, by: 97) {
      let cut = String(decoding: Array(whole.utf8.prefix(count)), as: UTF8.self)
      #expect(failure(cut).hasPrefix("src: at line "), "\(count)")
    }
    #expect(failure("<a/>") == "src: is no output of gluster volume info --xml")
    #expect(
      failure("<cliOutput><opErrstr>Volume x does not exist</opErrstr></cliOutput>")
        == "src: is no output of gluster volume info --xml: it says 'Volume x does not exist'")
  }

  @Test(arguments: [
    ("<name>vm:/srv/gd/bricks/one/b1<", "<name><", "'' is not HOST:/PATH"),
    ("<name>vm:/srv/gd/bricks/one/b1", "<name>vm:/b`id`", "replicas[0].brick: has a backtick"),
    ("<name>vm:/srv/gd/bricks/one/b1", "<name>v m:/b", "replicas[0].host: 'v m' is not a host"),
    ("<name>one", "<name>o/ne", "volume: 'o/ne' has other than letters"),
    ("<value>inet", "<value>in`et", "options.transport.address-family: has a backtick"),
    ("<value>inet", "<value>in&#10;et", "has a control character, U+000A"),
    ("d875ba97", "d875ba9", "volume_id: "), ("<replicaCount>1", "<replicaCount>-1", "no number"),
    ("<brickCount>", "<brickCount><", "is no XML that can be read"),
  ])
  func whatNoGraphMayHoldIsRefused(old: String, new: String, message: String) throws {
    let good = try sample("info-one.xml")
    #expect(good.contains(old))
    let told = failure(good.replacing(old, with: new))
    #expect(told.contains(message), "\(told)")
    #expect(!told.contains("\n"))
  }

  // MARK: Other sources

  @Test func theVolumeOfSeveralIsChosen() throws {
    let all = try sample("info-all.xml")
    #expect(failure(all).contains("choose one with --volume NAME"))
    var supplement = SourceSupplement()
    supplement.volume = "disp"
    #expect(try describe(all, supplement).replication == .disperse(redundancy: 1))
    #expect(failure(try sample("info-dr.xml"), supplement) == "src: has no volume 'disp', but 'dr'")
    supplement.volume = "nosuch"
    #expect(failure(all, supplement).hasPrefix("src: has no volume 'nosuch', but 'arb', "))
  }

  @Test func aVolfileWithBackticksIsRefused() throws {
    let text = try sample("one/one.tcp-fuse.vol")
    #expect(failure("# `id`\n" + text).contains("a backtick"))
    #expect(
      failure(text.replacing("remote-host vm", with: "remote-host `id`")).contains("backtick"))
    #expect(failure("volume").contains("expected the volume's name"))
    #expect(failure("volume x-posix\n type a/b\n option k v\nend-volume").contains("describes no"))
  }

  @Test func glusterdsInfoIsNotReadWithoutItsDirectory() throws {
    #expect(failure(try sample("one/info")).contains("name the directory that it is in"))
    let parent = VolfileSamples.directory.appendingPathComponent("glusterd").path
    #expect {
      try ReplicaSetDescription(source: parent, named: parent, SourceSupplement())
    } throws: { ($0 as? Failure)?.status == .cannotOpen }
  }

  /// What stands in glusterd's files is no more trusted than what stands elsewhere.
  @Test(arguments: [
    ("info", "count=1", "count=2", "says that it has 2"),
    ("info", "count=1", "count=x", "'x' is no number"),
    ("info", "brick-0=vm", "brick-0=../../vm", "is no brick's file"),
    ("info", "username=", "username=`id`", "auth.username: has a backtick"),
    ("info", "type=0", "type", "at line 1: is not KEY=VALUE"),
    ("bricks/vm:-srv-gd-bricks-one-b1", "\npath=/", "\npath=", "is not an absolute path"),
    ("bricks/vm:-srv-gd-bricks-one-b1", "hostname=vm", "x=vm", "lacks hostname or path"),
  ])
  func aBrokenDirectoryIsRefused(file: String, old: String, new: String, message: String) throws {
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("jbr-glusterd-\(UUID().uuidString)")
    let original = VolfileSamples.directory.appendingPathComponent("glusterd/one")
    try FileManager.default.copyItem(at: original, to: copy)
    defer { try? FileManager.default.removeItem(at: copy) }
    let changed = copy.appendingPathComponent(file)
    let text = try String(contentsOf: changed, encoding: .utf8)
    #expect(text.contains(old))
    try Data(text.replacing(old, with: new, maxReplacements: 1).utf8).write(to: changed)
    var told = ""
    do {
      _ = try ReplicaSetDescription(source: copy.path, named: "dir", SourceSupplement())
    } catch { told = "\(error)" }
    #expect(told.contains(message), "\(told)")
  }

  // MARK: What a source does not say

  @Test func whatIsMissingIsNamedAndAnOverlaySaysIt() throws {
    let info = try sample("info-rep3.xml")
    let set = try describe(info)
    let generator = GraphGenerator(set, source: "src")
    #expect { try generator.recon(set.replicas[1], .client) } throws: { error in
      (error as? Failure)?.status == .usage
        && (error as? Failure)?.field == "replicas[1].recon_port"
    }
    let whole = try describe(
      info,
      overlay(
        """
        {"replication": "jbr", "quorum_percent": 100, "replicas": [
        {"host": "vm", "brick": "/srv/gd/bricks/rep/b2", "name": "second", "leader": true,
         "port": 2, "journal": "/j/2"},
        {"name": "brick-0", "port": 1, "journal": "/j/0", "local": true, "socket": "/s"},
        {"name": "brick-2", "port": 3, "journal": "/j/3"}]}
        """))
    #expect(whole.replicas.map(\.name) == ["brick-0", "second", "brick-2"])
    #expect(whole.volumeID == set.volumeID)
    let brick = try GraphGenerator(whole, source: "src").brick(whole.replicas[1])
    let jbr = try #require(brick.volumes.first { $0.type.text == "experimental/jbr" })
    #expect(jbr.value(of: "leader") == "yes")
    #expect(jbr.subvolumes.map(\.text) == ["rep3-fdl", "rep3-peer0", "rep3-peer2"])
    #expect(brick.check() == [])
  }

  @Test func anOverlayThatFitsNothingIsRefused() throws {
    let info = try sample("info-rep3.xml")
    #expect(
      failure(info, overlay(#"{"replicas": [{"name": "x"}]}"#))
        == "o.json: replicas[0]: is no replica of the source, neither by host and brick nor by "
        + "name; there are brick-0, brick-1, brick-2")
    #expect(failure(info, overlay(#"{"replica": 1}"#)).hasPrefix("o.json: replica: is not a known"))
    let nobody = overlay(#"{"replication": "jbr"}"#)
    let set = try describe(info, nobody)
    #expect {
      var whole = set.replicas[0]
      whole.journal = "/j"
      return try GraphGenerator(set, source: "src").brick(whole)
    } throws: { ($0 as? Failure)?.field == "replicas[0].leader" }
  }

  @Test func portsAndSocketsComeFromOptions() throws {
    var supplement = SourceSupplement()
    supplement.reconPort = 35001
    let far = try describe(try sample("info-dr.xml"), supplement)
    #expect(far.replicas.map(\.reconPort) == Array(35001...35006))
    supplement.local = ["brick-2"]
    supplement.socketDirectory = "/run/jbr"
    let mixed = try describe(try sample("info-dr.xml"), supplement)
    #expect(mixed.replicas[2].socket == "/run/jbr/brick-2.sock")
    #expect(mixed.replicas.compactMap(\.reconPort) == Array(35001...35005))
    supplement.local = ["elsewhere"]
    #expect(failure(try sample("info-dr.xml"), supplement).contains("--local elsewhere"))
  }

  // MARK: Several sets

  /// Two sets of three, from a description.
  private func distributed(_ change: (inout String) -> Void = { _ in }) throws
    -> ReplicaSetDescription
  {
    let replicas = (0..<6).map { number in
      let leads = number % 3 == 0 ? #", "leader": true"# : ""
      return #"{"name": "r\#(number)", "host": "h\#(number)", "port": 1, "brick": "/b", "#
        + #""journal": "/j"\#(leads)}"#
    }
    var text =
      #"{"volume": "v", "replica_count": 3, "performance": ["write-behind"], "replicas": ["#
      + replicas.joined(separator: ",\n") + "]}"
    change(&text)
    return try describe(text)
  }

  @Test func severalSetsStandUnderOneDistribute() throws {
    let set = try distributed()
    let generator = GraphGenerator(set, source: "src")
    let client = try generator.client()
    #expect(client.check() == [])
    let parts = client.volumes.suffix(4)
    #expect(
      parts.map { "\($0.name.text): \($0.subvolumes.map(\.text).joined(separator: " "))" } == [
        "v-replicate-0: v-client-0 v-client-1 v-client-2",
        "v-replicate-1: v-client-3 v-client-4 v-client-5", "v-dht: v-replicate-0 v-replicate-1",
        "v-write-behind: v-dht",
      ])
    // A brick's peers are those of its own set.
    let brick = try generator.brick(set.replicas[4])
    #expect(brick.check() == [])
    let hosts = brick.volumes.filter { $0.type.text == "protocol/client" }.compactMap {
      $0.value(of: "remote-host")
    }
    #expect(hosts == ["h3", "h5"])
  }

  @Test func eachSetHasOneLeader() throws {
    let text = "src: replicas[3]: the set that begins here has no leader; one has \"leader\": true"
    #expect {
      try distributed { text in
        let range = text.ranges(of: #", "leader": true"#)[1]
        text.removeSubrange(range)
      }
    } throws: { "\($0)" == text }
    #expect {
      try distributed { $0 = $0.replacing("\"replica_count\": 3", with: "\"replica_count\": 4") }
    } throws: { "\($0)".contains("does not divide the 6 replicas") }
  }

  @Test func graphsSayOfWhatTheyAre() throws {
    let set = try distributed()
    let generator = GraphGenerator(set, source: "a`b", planID: "12ab")
    #expect(
      try generator.brick(set.replicas[1]).header[0]
        == " jbr-volgen brick: replica r1, brick /b, plan 12ab")
    #expect(try generator.client().header[0] == " jbr-volgen client: volume v, plan 12ab")
    #expect(try generator.client().header[1].hasSuffix(" from a?b."))
  }
}
