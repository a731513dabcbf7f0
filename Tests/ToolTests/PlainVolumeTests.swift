import Foundation
import GlusterTesting
import Testing

/// Bricks without journal based replication that run on our graphs alone, without glusterd.
@Suite struct PlainVolumeTests {
  private static let volumeID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
  private let directory =
    FileManager.default.temporaryDirectory.path + "/jbr-plain-"
    + UUID().uuidString.prefix(8)

  private func path(_ name: String) -> String { directory + "/" + name }

  /// Makes bricks as glusterd would, and the graphs for them.
  private func make(ports: [Int]) throws {
    let replicas = try ports.enumerated().map { number, port in
      let brick = path("b\(number)")
      try FileManager.default.createDirectory(
        atPath: brick + "/.glusterfs/indices", withIntermediateDirectories: true)
      let id = "0x" + Self.volumeID.replacing("-", with: "")
      try system(["setfattr", "-n", "trusted.glusterfs.volume-id", "-v", id, brick])
      return
        #"{"name": "r\#(number)", "host": "127.0.0.1", "port": \#(port), "brick": "\#(brick)"}"#
    }
    let set = """
      {"volume": "pv", "replication": "replicate", "volume_id": "\(Self.volumeID)",
      "options": {"performance.write-behind": "off"},
      "replicas": [\(replicas.joined(separator: ", "))]}
      """
    for command in ["brick", "client"] {
      let run = try runTool(
        "jbr-volgen", [command, "-i", "-", "-o", directory + "/"], stdin: Array(set.utf8))
      try #require(run.status == 0, "\(run.stderr)")
    }
  }

  @Test func theBricksOfAReplicatedVolumeServe() throws {
    try #require(geteuid() == 0, "tests of bricks on disk need root")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let first = BrickServer.freePort()
    var second = BrickServer.freePort()
    while second == first { second = BrickServer.freePort() }
    try make(ports: [first, second])
    let servers = [
      try BrickServer(path("r0.vol"), log: path("r0.log"), port: first),
      try BrickServer(path("r1.vol"), log: path("r1.log"), port: second),
    ]
    for log in ["r0.log", "r1.log"] {
      let text = try String(contentsOfFile: path(log), encoding: .utf8)
      #expect(!text.contains("] E [MSGID"), "\(text)")
    }
    withExtendedLifetime(servers) {}
  }
}
