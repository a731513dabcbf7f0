import Foundation
import GlusterTesting
import Testing

/// A volume without journal based replication that runs on our graphs alone, without glusterd.
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

  @Test func aReplicatedVolumeRunsOnOurGraphs() throws {
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
    defer { withExtendedLifetime(servers) {} }
    let files = FileManager.default
    guard files.fileExists(atPath: "/dev/fuse"), files.fileExists(atPath: "/usr/sbin/glusterfs")
    else {
      print("NOTE: no FUSE here, so that nothing is written through the client's graph.")
      return
    }
    let mount = path("mnt")
    try files.createDirectory(atPath: mount, withIntermediateDirectories: true)
    // What goes on in the background must not keep our pipe.
    let mounted = try output([
      "sh", "-c", "exec timeout 30 /usr/sbin/glusterfs -f \"$0\" -l \"$1\" \"$2\" >/dev/null 2>&1",
      path("client.vol"), path("client.log"), mount,
    ])
    guard mounted.status == 0, try output(["mountpoint", "-q", mount]).status == 0 else {
      print("NOTE: FUSE does not mount here.")
      return
    }
    defer { _ = try? output(["umount", "-l", mount]) }
    // The connections take a moment.
    var isWritten = false
    for _ in 0..<500 where !isWritten {
      isWritten = (try? Data("hello".utf8).write(to: URL(fileURLWithPath: mount + "/x"))) != nil
      if !isWritten { usleep(20_000) }
    }
    for brick in ["b0", "b1"] {
      let content = try Data(contentsOf: URL(fileURLWithPath: path(brick + "/x")))
      #expect(content == Data("hello".utf8))
    }
    for log in ["r0.log", "r1.log"] {
      let text = try String(contentsOfFile: path(log), encoding: .utf8)
      #expect(!text.contains("] E [MSGID"), "\(text)")
    }
  }
}
