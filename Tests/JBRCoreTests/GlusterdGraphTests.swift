import Foundation
import JBRCore
import Testing

/// Our graphs of volumes that a real glusterd keeps, beside the volfiles that it made: they differ
/// in what docs/volgen-description.md explains, and in nothing else.
@Suite struct GlusterdGraphTests {
  /// The last has many options set, of all kinds of places.
  static let volumes = ["one", "dist", "rep3", "disp", "dr", "arb", "dd", "opt"]

  private static func path(_ name: String) -> String {
    VolfileSamples.directory.appendingPathComponent("glusterd/" + name).path
  }

  private func describe(_ source: String) throws -> ReplicaSetDescription {
    try ReplicaSetDescription(
      source: Self.path(source), named: source, SourceSupplement())
  }

  /// A row of the page's table: which graph of which source, and what is different there.
  private struct Explanation: Hashable {
    var source: String
    var volume: String
    var option: String
  }

  private func explained() throws -> Set<Explanation> {
    let page = VolfileSamples.directory.appendingPathComponent("../../docs/volgen-description.md")
    let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter {
      $0.hasPrefix("| glusterd | `VOLUME-") || $0.hasPrefix("| volume info | `VOLUME-")
    }
    return Set(
      rows.map { row in
        let cells = row.split(separator: "|").map {
          $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
        }
        return Explanation(source: cells[0], volume: cells[1], option: cells[2])
      })
  }

  /// What differs between glusterd's brick volfiles and ours of a source.
  private func brickDifferences(
    _ volume: String, _ source: String, _ kind: String
  ) throws -> Set<Explanation> {
    let set = try describe(source)
    let generator = GraphGenerator(set, source: source)
    var found: Set<Explanation> = []
    for replica in set.replicas {
      let brick = try #require(replica.brick)
      let file = brick.dropFirst().replacing("/", with: "-")
      let real = try VolfileSamples.graph("glusterd/\(volume)/\(volume).vm.\(file).vol")
      let login = real.volumes.last?.value(of: "auth.login.\(brick).allow")
      for one in real.differences(to: try generator.brick(replica)) {
        #expect(one.kind == .option, "\(one)")
        var option = (one.key ?? "").replacing(brick, with: "BRICK")
        if let login { option = option.replacing(login, with: "USER") }
        let name = (one.volume ?? "").replacing(volume + "-", with: "VOLUME-")
        found.insert(Explanation(source: kind, volume: name, option: option))
      }
    }
    return found
  }

  @Test func bricksDifferFromGlusterdsAsExplainedAndNotOtherwise() throws {
    var found: Set<Explanation> = []
    for volume in Self.volumes {
      found.formUnion(try brickDifferences(volume, volume, "glusterd"))
      found.formUnion(try brickDifferences(volume, "info-\(volume).xml", "volume info"))
    }
    let explained = try explained()
    #expect(found.subtracting(explained) == [], "these are not explained")
    #expect(explained.subtracting(found) == [], "these are explained, and are not there")
  }

  /// With a login those of the trusted pool, without one those for everybody.
  @Test(arguments: volumes)
  func clientsAreGlusterds(volume: String) throws {
    for (source, real) in [
      (volume, "trusted-\(volume)"), ("info-\(volume).xml", volume),
      ("\(volume)/\(volume).tcp-fuse.vol", volume),
      ("\(volume)/trusted-\(volume).tcp-fuse.vol", "trusted-\(volume)"),
    ] {
      let made = try GraphGenerator(try describe(source), source: "x").client()
      let graph = try VolfileSamples.graph("glusterd/\(volume)/\(real).tcp-fuse.vol")
      #expect(graph.differences(to: made) == [], "\(source)")
      // glusterd gives a reader of its own an option that the translator lacks.
      let findings = made.check().filter {
        $0.rule != .unknownOption || !$0.message.contains("'performance.readdir-ahead'")
      }
      #expect(findings == [])
    }
  }

  @Test(arguments: volumes)
  func allSourcesFeedOneModel(volume: String) throws {
    let directory = try describe(volume)
    var info = try describe("info-\(volume).xml")
    var client = try describe("\(volume)/trusted-\(volume).tcp-fuse.vol")
    // What each of them cannot say.
    info.access = directory.access
    for number in directory.replicas.indices {
      info.replicas[number].port = directory.replicas[number].port
      info.replicas[number].sharedBrickCount = directory.replicas[number].sharedBrickCount
    }
    client.replicas = directory.replicas
    client.volumeID = directory.volumeID
    client.options = directory.options
    client.quotaVersion = directory.quotaVersion
    #expect(info == directory)
    #expect(client == directory)
  }

  @Test func everyBrickIsCleanAndReadsBackEqual() throws {
    for source in Self.volumes {
      let set = try describe(source)
      let generator = GraphGenerator(set, source: source)
      for replica in set.replicas {
        let graph = try generator.brick(replica)
        #expect(graph.check() == [])
        #expect(parse(try graph.volfile()).graph == graph)
      }
    }
  }

  @Test func anArbiterHoldsNamesOnly() throws {
    let set = try describe("arb")
    #expect(set.replication == .replicate(arbiters: 1))
    let generator = GraphGenerator(set, source: "x")
    let hasArbiter = try set.replicas.map { replica in
      try generator.brick(replica).volumes.contains { $0.type.text == "features/arbiter" }
    }
    #expect(hasArbiter == [false, false, true])
    let client = try generator.client()
    let group = try #require(client.volumes.first { $0.type.text == "cluster/replicate" })
    #expect(group.value(of: "arbiter-count") == "1")
  }

  /// A brick's own volfile shows one brick: enough to reach it, not to make a client of.
  @Test func aBricksVolfileIsEnoughForRecon() throws {
    let source = "rep3/rep3.vm.srv-gd-bricks-rep-b2.vol"
    var supplement = SourceSupplement()
    supplement.local = ["vm"]
    supplement.socketDirectory = "/run/jbr"
    let set = try ReplicaSetDescription(
      source: Self.path(source), named: source, supplement)
    let generator = GraphGenerator(set, source: source)
    let graph = try generator.recon(set.replicas[0], .brick)
    #expect(graph.volumes[0].value(of: "directory") == "/srv/gd/bricks/rep/b2")
    #expect(
      graph.volumes[0].value(of: "volume-id") == "712d8b1e-6da2-4ac2-b9c6-e254e1dab94e")
    let login = try #require(graph.volumes.last?.options.first { $0.isSecret }?.value.text)
    #expect(login == "ced797c7-053d-4dd8-8c49-0e9d4defff7f")
    #expect { try generator.client() } throws: { ($0 as? Failure)?.status == .usage }
    #expect { try generator.brick(set.replicas[0]) } throws: {
      ($0 as? Failure)?.status == .usage
    }
  }
}
