import Foundation
import Testing

/// The built jbr-volgen on names of files that are not UTF-8, which a shell must give it.
@Suite struct VolgenNameToolTests {
  /// Runs a script in which `$V` is the tool, `$N` a name that no text can hold, and `$S` the
  /// samples. Its name has all kinds: a byte of no character, one cut short, and U+10FFFF.
  private func shell(_ script: String, in directory: String) throws -> ToolRun {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    let head = "set -eu; cd \"$D\"; N=$'n\\xff\\xc3\\xf4\\x8f\\xbf\\xbf'\n"
    process.arguments = ["-c", head + script]
    process.environment = ProcessInfo.processInfo.environment.merging([
      "V": try builtExecutable("jbr-volgen").path, "S": samplePath("glusterd"), "D": directory,
    ]) { $1 }
    let (output, errors) = (directory + "/.out", directory + "/.err")
    for path in [output, errors] { try Data().write(to: URL(fileURLWithPath: path)) }
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    endLate(process)
    process.waitUntilExit()
    let text = try Data(contentsOf: URL(fileURLWithPath: errors))
    return ToolRun(
      status: process.terminationStatus,
      stdout: Array(try Data(contentsOf: URL(fileURLWithPath: output))),
      stderr: String(decoding: text, as: UTF8.self))
  }

  private static let name: [UInt8] = [110, 0xFF, 0xC3, 0xF4, 0x8F, 0xBF, 0xBF]

  private func base64(_ text: String) -> String {
    let parts = text.split(separator: "N", omittingEmptySubsequences: false)
    let bytes = parts.map { Array($0.utf8) }.joined(separator: Self.name)
    return Data(bytes).base64EncodedString()
  }

  private func field(_ run: ToolRun, _ line: Int, _ key: String) throws -> String? {
    let lines = try run.lines
    let value = try #require(lines.indices.contains(line) ? lines[line] : nil).fields[key]
    return (value as? [String: String])?["base64"]
  }

  @Test func filesAreReadAndWrittenByteForByte() throws {
    try scratch { directory in
      let run = try shell(
        """
        mkdir "$N"
        "$V" client -i "$S/one" -o "$N/$N.vol"
        "$V" set --write "$N/$N.vol" --type protocol/client ping-timeout=10
        "$V" check "$N/$N.vol"
        "$V" format "$N/$N.vol" -o "$N/new$N/"
        "$V" graph "$N/$N.vol" -o "$N/"
        test -f "$N/$N.vol" -a -f "$N/$N.vol.orig" -a -f "$N/new$N/$N.vol" -a -f "$N/$N.dot"
        cmp "$N/$N.vol" "$N/new$N/$N.vol"
        "$V" diff "$N/$N.vol" "$N/$N.vol.orig" || test $? = 1
        test "$(ls "$N" | wc -l)" = 4
        """, in: directory)
      #expect(run.status == 0, "\(run.stderr)")
      #expect(try validate(run.stdout).status == 0)
      #expect(try field(run, 0, "file") == base64("N/N.vol"))
      let kept = try field(run, 1, "kept").flatMap { Data(base64Encoded: $0) }
      #expect(kept?.suffix(10).elementsEqual([0xBF] + Array(".vol.orig".utf8)) == true)
      #expect(try field(run, 2, "file") == base64("N/N.vol"))
      #expect(try field(run, 3, "file") == base64("N/newN/N.vol"))
      #expect(try field(run, 4, "file") == base64("N/N.dot"))
      #expect(try field(run, 6, "right") == base64("N/N.vol.orig"))
    }
  }

  @Test func messagesShowTheBytes() throws {
    try scratch { directory in
      let run = try shell(#""$V" check "$N""#, in: directory)
      #expect(run.status == 66)
      #expect(
        run.stderr == #"jbr-volgen: n\xff\xc3\xf4\x8f\xbf\xbf: cannot open: "#
          + "No such file or directory\n")
    }
  }

  /// From glusterd's files into graphs, and from graphs into others, which GlusterFS takes.
  @Test func aBrickPathIsKeptByteForByte() throws {
    try scratch { directory in
      let run = try shell(
        """
        export LC_ALL=C
        cp -r "$S/rep3" "$N"
        sed -i "s/rep-b1/rep-$N/" "$N/info"
        sed -i "s,rep/b1,rep/$N," "$N/bricks/vm:-srv-gd-bricks-rep-b1"
        mv "$N/bricks/vm:-srv-gd-bricks-rep-b1" "$N/bricks/vm:-srv-gd-bricks-rep-$N"
        mv "$N" rep3
        "$V" brick -i rep3 --replica brick-0 > brick.vol
        grep -aqxF "    option directory /srv/gd/bricks/rep/$N" brick.vol
        "$V" client -i rep3 > client.vol
        grep -aqxF "    option remote-subvolume /srv/gd/bricks/rep/$N" client.vol
        "$V" recon -i client.vol --local vm --socket-directory "/run/$N" -o recon/ > /dev/null
        grep -aqxF "    option directory /srv/gd/bricks/rep/$N" recon/brick-0-brick.vol
        grep -aqF "/run/$N/brick-0.sock" recon/brick-0-brick.vol
        "$V" format brick.vol | cmp - brick.vol
        "$V" check --real brick.vol client.vol recon/*
        "$V" get brick.vol directory
        """, in: directory)
      #expect(run.status == 0, "\(run.stderr)")
      #expect(try validate(run.stdout).status == 0)
      let lines = try run.lines
      #expect(lines.count { $0.text("verdict") == "accepted" } == 8)
      #expect(try field(run, lines.count - 1, "value") == base64("/srv/gd/bricks/rep/N"))
    }
  }

  /// Where such a path leads is asked of the system by its bytes: through a link it is the same
  /// brick, and another such name is another one.
  @Test(arguments: [("link", true), (#"other-$N"#, false)])
  func bricksAreToldApartWhateverTheirNames(second: String, isShared: Bool) throws {
    try scratch { directory in
      let run = try shell(
        """
        mkdir "$N" "other-$N"; ln -s "$N" link; i=0
        for place in "$N" "\(second)"; do
          printf 'volume %s\\n type storage/posix\\n option directory %s\\nend-volume\\n' \
            "v$((++i))" "$D/$place"
        done > two.vol
        "$V" check two.vol || true
        """, in: directory)
      #expect(run.status == 0, "\(run.stderr)")
      let rules = try run.lines.of("volfile_finding").map { $0.text("rule") }
      #expect(rules.contains("shared-brick") == isShared, "\(run.text)")
    }
  }
}
