import Foundation
import Testing

/// `jbr-volgen check` on bricks of this machine, and on recon graphs that somebody changed.
@Suite struct VolfilePlaceToolTests {
  private func two(_ first: String, _ second: String) -> [UInt8] {
    Array(
      """
      volume a
        type storage/posix
        option directory \(first)
      end-volume
      volume b
        type storage/posix
        option directory \(second)
      end-volume
      volume top
        type cluster/replicate
        subvolumes a b
      end-volume
      """.utf8)
  }

  @Test func bindMountsLeadToOneBrick() throws {
    try scratch { folder in
      for name in ["b/c", "m", "n"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
      let mounting = """
        mount --bind \(folder)/b \(folder)/m && mount --bind \(folder)/b/c \(folder)/n && \
        exec "$0" "$@"
        """
      for (first, second, how) in [
        ("b", "m", "on the same directory"), ("b", "n", "within that one's"),
        ("m", "n", "within that one's"), ("b/c", "n", "on the same directory"),
        ("n/new", "m", "within that one's"),
      ] {
        let volfile = two("\(folder)/\(first)", "\(folder)/\(second)")
        let run = try runTool(
          "jbr-volgen", ["check", "-"], stdin: volfile,
          wrapper: ["unshare", "-m", "sh", "-c", mounting])
        #expect(run.status == 65, "\(first) \(second): \(run.stderr)")
        #expect(run.text.contains("\"rule\":\"shared-brick\""))
        #expect(run.text.contains(how), "\(first) \(second): \(run.text)")
        // Without the mounts, or where nobody looks, they are two.
        let apart = try runTool("jbr-volgen", ["check", "-"], stdin: volfile)
        #expect(apart.status == 0, "\(apart.text)")
        let unseen = try runTool(
          "jbr-volgen", ["check", "--no-bricks", "-"], stdin: volfile,
          wrapper: ["unshare", "-m", "sh", "-c", mounting])
        #expect(unseen.status == 0, "\(unseen.text)")
      }
    }
  }

  @Test func aChangedReconGraphIsFound() throws {
    try scratch { folder in
      let made = try runTool(
        "jbr-volgen",
        ["recon", "-i", samplePath("volfiles/recon.json"), "--replica", "far", "--part", "client"])
      #expect(made.status == 0)
      for (old, new, message) in [
        (
          "remote-host 2001:db8::2", "remote-host evil.example",
          "reaches 'far of evil.example:35002'"
        ),
        ("remote-port 35002", "remote-port 24007", "reaches 'far of [2001:db8::2]:24007'"),
        ("recon: replica", "recon: replicas", "cannot be read"),
        ("jbr-volgen recon:", "jbr-volgen recon", "cannot be read"),
        (" at [2001:db8::2]:35002", "", "cannot be read"),
      ] {
        let changed = made.text.replacing(old, with: new)
        #expect(changed != made.text, "\(old)")
        let run = try runTool("jbr-volgen", ["check", "-"], stdin: Array(changed.utf8))
        #expect(run.status == 65)
        #expect(run.text.contains("\"rule\":\"recon-reach\",\"severity\":\"error\""))
        #expect(run.text.contains(message), "\(run.text)")
      }
    }
  }
}
