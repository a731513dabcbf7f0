import Foundation
import JBRCore
import Testing

/// Volfiles of journal based replication as sources: what they are made of comes out of them again.
@Suite struct VolfileSourceTests {
  private func describe(
    _ sample: String, overlay: String? = nil
  ) throws -> ReplicaSetDescription {
    var supplement = SourceSupplement()
    if let overlay { supplement.overlay = (Array(overlay.utf8), "o.json") }
    let path = VolfileSamples.directory.appendingPathComponent("volfiles/" + sample).path
    return try ReplicaSetDescription(source: path, named: sample, supplement)
  }

  @Test(arguments: [
    ("jbr3-brick0.vol", "brick0"), ("jbr3-brick1.vol", "brick1"), ("jbr3-brick2.vol", "brick2"),
    ("jbr3q100-brick1.vol", "brick1"), ("fdl1-brick0.vol", "brick0"),
  ])
  func aBricksVolfileGivesItselfAgain(sample: String, name: String) throws {
    let set = try describe(sample)
    let replica = try #require(set.replicas.first { $0.name == name })
    let made = try GraphGenerator(set, source: "x").brick(replica)
    let real = try VolfileSamples.graph("volfiles/" + sample)
    #expect(real.differences(to: made) == [])
  }

  /// Peers are known by their addresses only, so that nothing can be made of their bricks.
  @Test func ofPeersABricksVolfileKnowsTheAddress() throws {
    let set = try describe("jbr3-brick0.vol")
    #expect(set.replicas.map(\.name) == ["brick0", "brick1", "brick2"])
    #expect(set.replicas.map(\.port) == [34001, 34002, 34003])
    #expect { try GraphGenerator(set, source: "x").recon(set.replicas[1], .brick) } throws: {
      ($0 as? Failure)?.status == .usage && ($0 as? Failure)?.field == "replicas[1].brick"
    }
    let client = try GraphGenerator(set, source: "x").client()
    let real = try VolfileSamples.graph("volfiles/jbr3-client.vol")
    #expect(real.differences(to: client) == [])
  }

  @Test(arguments: ["jbr3-client.vol", "fdl1-client.vol"])
  func aClientsVolfileGivesItselfAgain(sample: String) throws {
    let set = try describe(sample)
    #expect(set.replication == .jbr)
    let made = try GraphGenerator(set, source: "x").client()
    #expect(try VolfileSamples.graph("volfiles/" + sample).differences(to: made) == [])
  }

  @Test func anOverlayAddsTheBrick() throws {
    let set = try describe(
      "jbr3-client.vol",
      overlay: #"{"replicas": [{"name": "brick1", "brick": "/b", "recon_port": 7}]}"#)
    let generator = GraphGenerator(set, source: "x")
    let server = try generator.recon(set.replicas[1], .brick)
    #expect(server.volumes[0].value(of: "directory") == "/b")
    #expect(server.header[0] == " jbr-volgen recon: replica brick1 brick /b at 127.0.0.1:7")
    #expect { try generator.recon(set.replicas[0], .client) } throws: {
      ($0 as? Failure)?.field == "replicas[0].recon_port"
    }
  }

  /// What no volume can be made of is said so, and never guessed.
  @Test(arguments: [
    ("volfile-grammar/54-two-tops.vol", "describes no single brick"),
    ("volfile-grammar/03-ok.vol", "no protocol/server at its top"),
  ])
  func otherVolfilesAreNoSource(sample: String, message: String) throws {
    let path = VolfileSamples.directory.appendingPathComponent(sample).path
    #expect {
      try ReplicaSetDescription(source: path, named: sample, SourceSupplement())
    } throws: { error in
      if !"\(error)".contains(message) { Issue.record("\(error)") }
      return (error as? Failure)?.status == .damaged
    }
  }
}
