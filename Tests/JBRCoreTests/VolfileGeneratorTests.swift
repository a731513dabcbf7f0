import Foundation
import JBRCore
import Testing

@Suite struct VolfileGeneratorTests {
  private func describe(_ sample: String) throws -> ReplicaSetDescription {
    try ReplicaSetDescription(json: try VolfileSamples.bytes("volfiles/\(sample)"), path: sample)
  }

  @Test(arguments: [
    ("jbr3.json", 0, "jbr3-brick0.vol"), ("jbr3.json", 1, "jbr3-brick1.vol"),
    ("jbr3.json", 2, "jbr3-brick2.vol"), ("jbr3q100.json", 1, "jbr3q100-brick1.vol"),
    ("fdl1.json", 0, "fdl1-brick0.vol"),
  ])
  func brickGraphsAreTheRealOnes(description: String, replica: Int, real: String) throws {
    let set = try describe(description)
    let made = try GraphGenerator(set, source: "x").brick(set.replicas[replica])
    #expect(made.volumes == (try VolfileSamples.graph("volfiles/\(real)")).volumes)
  }

  @Test(arguments: [("jbr3.json", "jbr3-client.vol"), ("fdl1.json", "fdl1-client.vol")])
  func clientGraphsAreTheRealOnes(description: String, real: String) throws {
    let made = try GraphGenerator(try describe(description), source: "x").client()
    #expect(made.volumes == (try VolfileSamples.graph("volfiles/\(real)")).volumes)
  }

  @Test func everyMadeGraphIsCleanAndReadsBackEqual() throws {
    let set = try describe("recon.json")
    let generator = GraphGenerator(set, source: "`a`\nb")
    var graphs = [try generator.client()]
    for replica in set.replicas {
      graphs.append(try generator.brick(replica))
      for part in ReconPart.allCases { graphs.append(try generator.recon(replica, part)) }
    }
    for graph in graphs {
      #expect(graph.check() == [])
      #expect(parse(try graph.volfile()).graph == graph)
    }
  }

  @Test func aReconGraphReachesItsBrickOnly() throws {
    let set = try describe("recon.json")
    let generator = GraphGenerator(set, source: "x")
    for replica in set.replicas {
      let brick = try generator.recon(replica, .brick)
      let client = try generator.recon(replica, .client)
      let types = (brick.volumes + client.volumes).map(\.type.text)
      #expect(types.count { $0 == "protocol/client" } == 1)
      #expect(types.count { $0 == "storage/posix" } == 1)
      #expect(!types.contains { $0.hasPrefix("experimental/") })
      #expect(brick.volumes.first?.value(of: "directory") == replica.brick)
      #expect(brick.volumes.first?.value(of: "volume-id") == set.volumeID)
      // What the client asks for is what the private server exports, where it listens.
      let server = try #require(brick.volumes.last)
      let connection = try #require(client.volumes.first)
      #expect(connection.value(of: "remote-subvolume") == server.subvolumes.first?.text)
      #expect(
        connection.value(of: "transport.socket.connect-path")
          == server.value(of: "transport.socket.listen-path"))
      #expect(
        connection.value(of: "remote-port") == server.value(of: "transport.socket.listen-port"))
      #expect(connection.value(of: "remote-port") != replica.port.map(String.init))
    }
  }

  /// Changes one text of a good description.
  private func failure(_ old: String, _ new: String) throws -> String {
    let good = String(decoding: try VolfileSamples.bytes("volfiles/recon.json"), as: UTF8.self)
    let bad = good.replacing(old, with: new, maxReplacements: 1)
    #expect(bad != good)
    do {
      let set = try ReplicaSetDescription(json: Array(bad.utf8), path: "d.json")
      Issue.record("accepted: \(set)")
      return ""
    } catch {
      return error.description
    }
  }

  @Test(arguments: [
    (
      "\"volume\": \"vol\"", "\"volume\": \"a b\"",
      "d.json: volume: 'a b' has other than letters, digits, '-', '_' and '.'"
    ),
    ("\"port\": 34001", "\"port\": 0", "d.json: replicas[0].port: is not from 1 to 65535"),
    ("\"port\": 34001", "\"port\": \"x\"", "d.json: replicas[0].port: is not an integer"),
    ("\"port\": 34001,", "", "d.json: replicas[0].port: is missing"),
    ("\"far\"", "\"near\"", "d.json: replicas[1].name: is the same name as replicas[0].name"),
    (
      "\"far\"", "\"vol-acl\"",
      "d.json: replicas[1].name: 'vol-acl' is the name of another volume of the brick's graph"
    ),
    (
      "\"leader\": true", "\"leader\": false",
      "d.json: replicas: has no leader; one has \"leader\": true"
    ),
    (
      "\"recon_port\"", "\"leader\": true, \"recon_port\"",
      "d.json: replicas: has 2 leaders: 'near', 'far'"
    ),
    (
      "\"/srv/brick one\"", "\"srv\"",
      "d.json: replicas[0].brick: 'srv' is not an absolute path"
    ),
    (
      "\"/srv/brick one\"", "\"/a\\nb\"",
      "d.json: replicas[0].brick: has a control character, U+000A, which no volfile should hold"
    ),
    (
      "\"/srv/brick one\"", "\"/a`b`\"",
      "d.json: replicas[0].brick: has a backtick, which GlusterFS would run as a command"
    ),
    (
      "\"/srv/journal\"", "\"/srv//brick one/./\"",
      "d.json: replicas[0].journal: is the same directory as replicas[0].brick"
    ),
    (
      "\"username\": \"replay\",", "",
      "d.json: auth: has only one of username and password; it takes both"
    ),
    (
      "\"md-cache\"", "\"nosuch\"",
      "d.json: performance[1]: 'nosuch' is not one of io-cache, io-threads, md-cache, nl-cache, "
        + "open-behind, quick-read, read-ahead, readdir-ahead, write-behind"
    ),
    (
      "\"volume_id\"", "\"volumeid\"",
      "d.json: volumeid: is not a known key; known are arbiter_count, auth, options, performance, "
        + "ping_timeout, quorum_percent, quota_version, redundancy_count, replica_count, "
        + "replicas, replication, volume, volume_id"
    ),
    ("\"3F", "\"3G", "d.json: volume_id: '3G2504E0-4F89-41D3-9A0C-0305E82C3301' is not a UUID"),
  ])
  func errorsNameFileAndKey(old: String, new: String, message: String) throws {
    #expect(try failure(old, new) == message)
  }

  @Test func twoVolumesOnOneBrickAreRefused() throws {
    let bytes = try VolfileSamples.bytes("volfiles/jbr3.json")
    let text = String(decoding: bytes, as: UTF8.self)
    for (path, message) in [
      ("/brick0", "is the same directory as replicas[0].brick"),
      ("/brick0/sub", "lies within replicas[0].brick"),
    ] {
      let bad = text.replacing("/brick1\"", with: path + "\"")
      #expect {
        try ReplicaSetDescription(json: Array(bad.utf8), path: "d")
      } throws: { error in "\(error)".contains(message) }
    }
  }

  @Test(arguments: [
    "", "{", "[]", "null", "{\"volume\": 1}", "\u{0}", "{\"volume\":\"v\",\"replicas\":[]}",
  ])
  func whatIsNoDescriptionIsOneLine(text: String) {
    #expect {
      try ReplicaSetDescription(json: Array(text.utf8), path: "d")
    } throws: { error in
      (error as? Failure)?.status == .damaged && "\(error)".hasPrefix("d: ")
        && !"\(error)".contains("\n")
    }
  }

  @Test func deepNestingIsRefused() {
    let text = String(repeating: "[", count: 1_000_000)
    #expect(throws: Failure.self) { try ReplicaSetDescription(json: Array(text.utf8), path: "d") }
  }

  @Test func whatOnlySomeGraphsNeedIsAskedForThere() throws {
    var set = try describe("recon.json")
    set.replicas[0].journal = nil
    set.replicas[0].socket = nil
    set.replicas[1].reconPort = nil
    let generator = GraphGenerator(set, source: "x")
    #expect { try generator.brick(set.replicas[0]) } throws: {
      ($0 as? Failure)?.field == "replicas[0].journal"
    }
    #expect { try generator.recon(set.replicas[0], .client) } throws: {
      ($0 as? Failure)?.field == "replicas[0].socket"
    }
    #expect { try generator.recon(set.replicas[1], .brick) } throws: {
      ($0 as? Failure)?.field == "replicas[1].recon_port"
    }
  }
}
