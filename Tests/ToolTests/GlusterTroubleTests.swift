import Foundation
import GlusterTesting
import Testing

/// What goes wrong between a replay and a GlusterFS.
@Suite struct GlusterTroubleTests {
  @Test func aBrickInUseIsLeftAlone() throws {
    let setting = try GlusterSetting()
    let lines = try manyFiles(1)
    let made = try setting.replay("--init", "--volfile", setting.nearGraph, "-", stdin: lines)
    try #require(made.status == 0, "\(made.stderr)")
    let server = try BrickServer(
      setting.path("recon/near-brick.vol"), log: setting.path("near.log"), port: nil,
      socket: setting.path("s"))
    for arguments in [["--volfile", setting.nearGraph, "-"], ["-", setting.near]] {
      let run = try runTool("jbr-replay", arguments, stdin: lines)
      #expect(run.status == 75)
      #expect(run.stderr.contains("is in use: process \(server.processNumber)"), "\(run.stderr)")
    }
    server.kill()
    // Its socket is still there, and nobody listens.
    let run = try setting.replay("--volfile", setting.nearGraph, "-", stdin: lines)
    #expect(run.status == 0, "\(run.stderr)")
    #expect(!FileManager.default.fileExists(atPath: setting.path("s")))
  }

  @Test func aBrickThatIsNoneIsTold() throws {
    let setting = try GlusterSetting()
    let lines = try manyFiles(1)
    let missing = try setting.replay("--volfile", setting.nearGraph, "-", stdin: lines)
    #expect(missing.status == 66)
    try FileManager.default.createDirectory(
      atPath: setting.near + "/mine", withIntermediateDirectories: true)
    let foreign = try setting.replay("--init", "--volfile", setting.nearGraph, "-", stdin: lines)
    #expect(foreign.status == 66)
    #expect(foreign.stderr.contains("is not a brick"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: setting.near) == ["mine"])
  }

  /// A volume-id that is not the brick's, of which only the server's log tells.
  @Test func aServerThatDoesNotStartSaysWhy() throws {
    let setting = try GlusterSetting(volumeID: "3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    let lines = try manyFiles(1)
    try #require(try setting.replay("--init", "-", setting.near, stdin: lines).status == 0)
    let run = try setting.replay("--volfile", setting.nearGraph, "-", stdin: lines)
    #expect(run.status == 74)
    #expect(run.stderr.contains("near-brick.vol: the brick's server has ended at once: "))
    #expect(run.stderr.contains("volume-id"), "\(run.stderr)")
    #expect(try setting.serversLeft() == "")
    // A brick that the tool makes is one of the volume.
    try FileManager.default.removeItem(atPath: setting.near)
    let made = try setting.replay("--init", "--volfile", setting.nearGraph, "-", stdin: lines)
    #expect(made.status == 0, "\(made.stderr)")
    let again = try setting.replay("--volfile", setting.nearGraph, "-", stdin: lines)
    #expect(again.status == 0, "\(again.stderr)")
  }

  @Test func aDeadBrickIsToldAtOnce() throws {
    let setting = try GlusterSetting()
    let start = ContinuousClock().now
    let run = try setting.replay("--volfile", setting.farGraph, "-", stdin: try manyFiles(1))
    #expect(run.status == 74)
    #expect(run.stderr.contains("far-client.vol: cannot connect to the brick"), "\(run.stderr)")
    #expect(run.stderr.split(separator: "\n").count == 1)
    #expect(ContinuousClock().now - start < .seconds(5))
  }

  @Test func aRefusedLoginEndsIt() throws {
    let setting = try GlusterSetting()
    try setting.startFar()
    let graph = try String(contentsOfFile: setting.farGraph, encoding: .utf8)
    let other = setting.path("other.vol")
    try graph.replacing("option password p", with: "option password q")
      .write(toFile: other, atomically: true, encoding: .utf8)
    let start = ContinuousClock().now
    let run = try setting.replay("--volfile", other, "-", stdin: try manyFiles(1))
    #expect(run.status == 66)
    #expect(run.stderr.contains("refuses the connection"), "\(run.stderr)")
    #expect(run.stderr.contains("Authentication failed"), "\(run.stderr)")
    #expect(ContinuousClock().now - start < .seconds(5))
  }

  @Test func aBrickThatDiesInTheMiddleFailsTheRequestAndCanBeResumed() throws {
    let setting = try GlusterSetting()
    try setting.startFar()
    let lines = try manyFiles(600)
    let tool = try RunningTool(
      "jbr-replay", ["--volfile", setting.farGraph, "-"], stdin: lines, into: setting.directory)
    let hasBegun = tool.wait {
      FileManager.default.fileExists(atPath: setting.far + "/f30")
    }
    try #require(hasBegun)
    // Not while it makes a file: a brick that is killed then keeps one without a GFID.
    kill(tool.process.processIdentifier, SIGSTOP)
    usleep(300_000)
    setting.server?.kill()
    kill(tool.process.processIdentifier, SIGCONT)
    let ended = try tool.end(nil)
    #expect(ended.status == 74, "\(ended.stderr)")
    try setting.startFar()
    let again = try setting.replay("--volfile", setting.farGraph, "-", stdin: lines)
    let trouble = again.text.split(separator: "\n").filter { $0.contains("errno") }
    #expect(again.status == 0, "\(again.stderr) \(trouble)")
    try #require(try setting.replay("--init", "-", setting.native, stdin: lines).status == 0)
    let found = try setting.differences(setting.native, setting.far)
    #expect(found == "")
  }

  /// The tool's own server goes with it, however it ends, and nothing is half-done for good.
  @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
  func aSignalEndsToolAndServer(signal: Int32) throws {
    let setting = try GlusterSetting()
    let lines = try manyFiles(600)
    let tool = try RunningTool(
      "jbr-replay", ["--init", "--volfile", setting.nearGraph, "-"], stdin: lines,
      into: setting.directory)
    try #require(tool.wait { FileManager.default.fileExists(atPath: setting.near + "/f30") })
    let ended = try tool.end(signal)
    #expect(ended.signal == signal)
    #expect(ended.stderr == "")
    #expect(try setting.serversLeft() == "")
    let again = try setting.replay("--volfile", setting.nearGraph, "-", stdin: lines)
    #expect(again.status == 0, "\(again.stderr)")
    #expect(try again.lines.last?.number("already_applied") ?? 0 > 0)
    try #require(try setting.replay("--init", "-", setting.native, stdin: lines).status == 0)
    #expect(try setting.differences(setting.native, setting.near) == "")
  }

  @Test func aClosedPipeEndsToolAndServerQuietly() throws {
    let setting = try GlusterSetting()
    let input = setting.path("lines")
    try Data(try manyFiles(600)).write(to: URL(fileURLWithPath: input))
    let tool = try builtExecutable("jbr-replay").path
    let script = """
      { '\(tool)' --init --volfile '\(setting.nearGraph)' - < '\(input)'; echo "$?" >&3; } \
      3>'\(setting.path("status"))' 2>'\(setting.path("err"))' | head -n 1
      """
    #expect(try output(["bash", "-c", script]).text.contains("\"outcome\":\"applied\""))
    let status = try String(contentsOfFile: setting.path("status"), encoding: .utf8)
    #expect(status == "141\n")
    #expect(try String(contentsOfFile: setting.path("err"), encoding: .utf8) == "")
    #expect(try setting.serversLeft() == "")
  }

  /// A server that is killed while it makes an object leaves a name without a GFID. That is made
  /// anew, but nothing that anybody could miss.
  @Test(arguments: ["", "mine"])
  func whatAKilledServerLeftIsMadeAnew(content: String) throws {
    let setting = try GlusterSetting()
    let lines = try manyFiles(3)
    try #require(try setting.replay("--init", "-", setting.native, stdin: lines).status == 0)
    let first = try setting.replay(
      "--init", "--volfile", setting.nearGraph, "-", stdin: try manyFiles(1))
    try #require(first.status == 0)
    let file = setting.near + "/f2"
    try Data(content.utf8).write(to: URL(fileURLWithPath: file))
    let again = try setting.replay("--volfile", setting.nearGraph, "-", stdin: lines)
    if content.isEmpty {
      #expect(again.status == 0, "\(again.text)")
      #expect(try setting.differences(setting.native, setting.near) == "")
    } else {
      #expect(again.status == 74)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == content)
    }
  }

  /// A replay that is killed behind the making of an object, and before the object has all its
  /// attributes, leaves what the next one must complete.
  @Test func anObjectThatIsHalfMadeIsCompleted() throws {
    let setting = try GlusterSetting()
    try setting.startFar()
    let made = numbered([
      try MadeRequest.mkdir(MadeRequest.root, [100], 1).line(),
      try MadeRequest.create(MadeRequest.root, [102], 2).line()
        .replacing("\"mode\":33188", with: "\"mode\":36333"),
    ])
    try #require(
      try setting.replay("--volfile", setting.farGraph, "-", stdin: made).status == 0)
    try system(["chmod", "0700", setting.far + "/d"])
    try system(["chmod", "0755", setting.far + "/f"])
    let again = try setting.replay("--volfile", setting.farGraph, "-", stdin: made)
    #expect(again.status == 0, "\(again.text)")
    try #require(try setting.replay("--init", "-", setting.native, stdin: made).status == 0)
    #expect(try setting.differences(setting.native, setting.far) == "")
  }
}

/// GlusterFS is needed only where it is used, and what is missing is named.
@Suite struct GlusterMissingTests {
  /// Runs the tool where a command has changed what there is in the file system, for it alone.
  private func replay(
    behind change: String, _ arguments: [String], _ setting: GlusterSetting
  ) throws -> (status: Int32, text: String) {
    let tool = try builtExecutable("jbr-replay").path
    let words = ([tool] + arguments).map { "'\($0)'" }.joined(separator: " ")
    return try output([
      "unshare", "--mount", "bash", "-c", "set -e; \(change); exec \(words) </dev/null",
    ])
  }

  /// A directory without some of its files, for one process: the real ones stay where they are.
  private static func hiding(_ files: String, in directory: String) -> String {
    """
    mount -t tmpfs none /mnt; mkdir /mnt/upper /mnt/work; \
    mount -t overlay -o lowerdir=\(directory),upperdir=/mnt/upper,workdir=/mnt/work \
    none \(directory); rm -r \(directory)/\(files)
    """
  }

  @Test(arguments: [
    ("libgfapi.so.0*", "libgfapi.so.0: cannot be loaded"),
    ("glusterfs/*/xlator/mount", "lacks a translator"),
    ("glusterfs/*/xlator/protocol", "lacks a translator"),
  ])
  func whatIsMissingOfTheLibraryNamesThePackages(files: String, says: String) throws {
    let setting = try GlusterSetting()
    try setting.startFar()
    let library = try output(["sh", "-c", "dirname $(ldconfig -p | grep -m1 -o '/.*libgfapi.*')"])
    let hidden = Self.hiding(
      files, in: library.text.trimmingCharacters(in: .whitespacesAndNewlines))
    let arguments = ["--volfile", setting.farGraph, "-"]
    let run = try replay(behind: hidden, arguments, setting)
    #expect(run.status == 69)
    #expect(run.text.contains(says), "\(run.text)")
    #expect(run.text.contains("apt-get install libgfapi0 glusterfs-common"), "\(run.text)")
    // On a brick on disk nothing of it is needed.
    let native = try replay(behind: hidden, ["--init", "-", setting.native], setting)
    #expect(native.status == 0, "\(native.text)")
    #expect(try replay(behind: "true", arguments, setting).status == 0)
  }

  @Test func aMissingServerNamesThePackages() throws {
    let setting = try GlusterSetting()
    let arguments = ["--init", "--volfile", setting.nearGraph, "-"]
    let hidden = Self.hiding("glusterfsd", in: "/usr/sbin")
    let run = try replay(behind: hidden, arguments, setting)
    #expect(run.status == 69)
    #expect(run.text.contains("/usr/sbin/glusterfsd: is missing: apt-get install"), "\(run.text)")
  }
}
