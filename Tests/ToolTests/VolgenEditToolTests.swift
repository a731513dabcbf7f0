import Foundation
import Testing

/// diff, get, set, graph and format of the built jbr-volgen.
@Suite struct VolgenEditToolTests {
  private let brick0 = samplePath("volfiles/jbr3-brick0.vol")
  private let brick1 = samplePath("volfiles/jbr3-brick1.vol")

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  private func volgen(_ arguments: String..., stdin: [UInt8] = []) throws -> ToolRun {
    let run = try runTool("jbr-volgen", arguments, stdin: stdin)
    if run.text.hasPrefix("{") {
      let (status, text) = try validate(run.stdout)
      #expect(status == 0, "\(text)")
    }
    return run
  }

  // MARK: diff

  @Test func equalVolfilesEndWithZeroAndOthersWithOne() throws {
    let formatted = try volgen("format", brick0)
    let same = try volgen("diff", brick0, "-", stdin: formatted.stdout)
    #expect(same.status == 0)
    #expect(
      same.text
        == #"{"type":"volfile_diff","left":"\#(brick0.replacing("/", with: "\\/"))","#
        + #""right":"standard input","differences":0}"# + "\n" || same.text.contains(":0}"))
    let other = try volgen("diff", brick0, brick1)
    #expect(other.status == 1)
    let lines = try other.lines
    #expect(lines.last?.number("differences") == lines.count - 1)
    let leader = try #require(lines.first { $0.text("key") == "leader" })
    #expect(leader.text("volume") == "v-jbr")
    #expect(leader.text("left") == "yes")
    #expect(leader.text("right") == "no")
    #expect(leader.number("left_line") == 44)
  }

  @Test func whatCannotBeComparedIsToldFromADifference() throws {
    #expect(try volgen("diff", brick0).status == 64)
    #expect(try volgen("diff", "-", "-").status == 64)
    #expect(try volgen("diff", brick0, "/nonexistent.vol").status == 66)
    let broken = try volgen("diff", brick0, "-", stdin: Array("volume a type".utf8))
    #expect(broken.status == 65)
    #expect(broken.stdout == [])
    #expect(broken.stderr.hasPrefix("jbr-volgen: standard input: at line 1"))
    let ticks = try volgen("diff", brick0, "-", stdin: Array("# `touch /tmp/x`\n".utf8))
    #expect(ticks.status == 65)
  }

  // MARK: get and set

  @Test func optionsArePrintedOneALine() throws {
    let run = try volgen("get", brick0, "leader", "directory")
    #expect(run.status == 0)
    #expect(try run.lines.map { $0.text("key") } == ["directory", "leader"])
    #expect(try run.lines.last?.text("value") == "yes")
    #expect(try run.lines.last?.text("translator") == "experimental/jbr")
    #expect(try volgen("get", brick0, "nosuch").status == 1)
    #expect(try volgen("get", brick0, "--volume", "nosuch").status == 64)
    let named = try volgen("get", brick0, "--volume", "v-posix")
    #expect(try named.lines.count == 1)
  }

  @Test func aVolfileIsChangedInItsPlaceAndTheOriginalKept() throws {
    try scratch { directory in
      let file = directory + "/b.vol"
      try FileManager.default.copyItem(atPath: brick0, toPath: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
      let link = directory + "/link.vol"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "b.vol")
      let run = try volgen("set", "--write", link, "--type", "experimental/jbr", "leader=no")
      #expect(run.status == 0, "\(run.stderr)")
      #expect(try run.lines.first?.text("kept") == file + ".orig")
      #expect(try bytes(file + ".orig") == bytes(brick0))
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect(mode == 0o640)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "b.vol")
      let diff = try volgen("diff", file + ".orig", file)
      #expect(try diff.lines.dropLast().map { $0.text("right") } == ["no"])
      // What was kept is kept.
      let again = try volgen("set", "--write", file, "--volume", "v-jbr", "leader=yes")
      #expect(try again.lines.first?.text("kept") == file + ".orig-1")
      #expect(try bytes(file + ".orig") == bytes(brick0))
      let names = try FileManager.default.contentsOfDirectory(atPath: directory)
      #expect(names.sorted() == ["b.vol", "b.vol.orig", "b.vol.orig-1", "link.vol"])
    }
  }

  @Test func withoutWriteTheFileStaysAsItIs() throws {
    let run = try volgen(
      "set", brick0, "--volume", "v-jbr", "--unset", "quorum-percent", "x=1 2", "--force")
    #expect(run.status == 0)
    #expect(run.text.contains("    option x \"1 2\"\n"))
    #expect(!run.text.contains("quorum-percent"))
    try scratch { directory in
      let file = directory + "/n.vol"
      let written = try volgen("set", brick0, "--volume", "v-jbr", "leader=no", "-o", file)
      #expect(written.status == 0)
      #expect(try volgen("diff", brick0, file).status == 1)
    }
  }

  @Test(arguments: [
    ["v-jbr"], ["--volume", "v-jbr"], ["leader=no"], ["--volume", "v-jbr", "leader"],
    ["--volume", "v-jbr", "leader="], ["--volume", "v-jbr", "=no"], ["--volume", "x", "a=b"],
    ["--volume", "v-jbr", "a=`id`"], ["--volume", "v-jbr", "a=b\nc"],
    ["--type", "storage/posix", "--unset", "directory"],
    ["--type", "storage/posix", "directory=relative"],
    ["--write", "-o", "x", "--volume", "v-jbr", "a=b"],
    ["--volume", "v-jbr", "a=b"], ["--volume", "v-jbr", "leader=perhaps"],
    ["--volume", "v-jbr", "--option-table", "built-in", "a=b"],
  ])
  func wrongChangesAreRefusedAndChangeNothing(arguments: [String]) throws {
    try scratch { directory in
      let file = directory + "/b.vol"
      try FileManager.default.copyItem(atPath: brick0, toPath: file)
      let write = arguments.contains("--write") ? [] : ["--write"]
      let run = try runTool("jbr-volgen", ["set", file] + write + arguments)
      #expect(run.status == 64, "\(run.stderr)")
      #expect(run.stdout == [])
      #expect(run.stderr.split(separator: "\n").count == 1)
      #expect(try bytes(file) == bytes(brick0))
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["b.vol"])
    }
  }

  @Test func whatIsForcedIsNamed() throws {
    try scratch { directory in
      let file = directory + "/b.vol"
      try FileManager.default.copyItem(atPath: brick0, toPath: file)
      let run = try volgen("set", file, "--write", "--force", "--volume", "v-jbr", "a=b")
      #expect(run.status == 0)
      #expect(run.stderr == "jbr-volgen: \(file): experimental/jbr has no option 'a'\n")
      // What was wrong before is no reason to refuse what is right.
      let next = try volgen("set", file, "--write", "--volume", "v-jbr", "leader=no")
      #expect(next.status == 0)
      #expect(next.stderr == "")
      let gone = try volgen("set", file, "--volume", "v-jbr", "--unset", "nosuch")
      #expect(gone.status == 0)
      #expect(gone.stderr == "jbr-volgen: \(file): no option nosuch was there to take away\n")
    }
  }

  /// Both know ranges and kinds of values for themselves: only the installed one has these.
  @Test func valuesAreJudgedByTheSameTableAsInCheck() throws {
    let client = Array(
      """
      volume c
        type protocol/client
        option remote-host h
        option remote-subvolume s
        option transport-type tcp
      end-volume

      """.utf8)
    let timeout = ["set", "-", "--volume", "c", "ping-timeout=99999"]
    let installed = try runTool(
      "jbr-volgen", timeout + ["--option-table", "installed"], stdin: client)
    #expect(installed.status == 64)
    #expect(installed.stderr.contains("volume 'c': option 'ping-timeout': "))
    #expect(installed.stderr.contains("is out of range"))
    #expect(try runTool("jbr-volgen", timeout, stdin: client).status == 64)
    let builtIn = try runTool(
      "jbr-volgen", timeout + ["--option-table", "built-in"], stdin: client)
    #expect(builtIn.status == 0)
  }

  @Test(arguments: ["diff", "graph", "set"])
  func aNameThatIsDefinedTwiceIsRefused(command: String) throws {
    let volume = "volume a\n type debug/trace\n option log-file /x\nend-volume\n"
    let text = Array((volume + volume + volume).utf8)
    let others = ["diff": [brick0], "set": ["--volume", "a", "log-file=/y"]]
    let run = try runTool("jbr-volgen", [command, "-"] + (others[command] ?? []), stdin: text)
    #expect(run.status == 65)
    #expect(run.stdout == [])
    #expect(
      run.stderr
        == "jbr-volgen: standard input: at line 5, column 8: volume 'a' is defined in line 1 "
        + "already (and 1 more; see check)\n")
    // Each volume for itself can be shown and laid out.
    #expect(try volgen("get", "-", stdin: text).lines.count == 3)
    #expect(try volgen("format", "-", stdin: text).status == 0)
  }

  // MARK: format

  @Test func formattingInPlaceLeavesAloneWhatIsCanonical() throws {
    try scratch { directory in
      let messy = directory + "/a.vol"
      let text = "# head\n\nvolume \"p\" type storage/posix option directory /b end-volume"
      try Data(text.utf8).write(to: URL(fileURLWithPath: messy))
      let fine = directory + "/b.vol"
      #expect(try volgen("format", brick0, "-o", fine).status == 0)
      let run = try volgen("format", "--write", messy, fine)
      #expect(run.status == 0)
      #expect(try run.lines.map { $0.fields["changed"] as? Bool } == [true, false])
      #expect(try bytes(messy + ".orig") == Array(text.utf8))
      #expect(String(decoding: try bytes(messy), as: UTF8.self).hasPrefix("# head\n\nvolume p\n"))
      #expect(!FileManager.default.fileExists(atPath: fine + ".orig"))
      // One that breaks the grammar stops all before anything is replaced.
      let bad = directory + "/c.vol"
      try Data("volume".utf8).write(to: URL(fileURLWithPath: bad))
      try Data(text.utf8).write(to: URL(fileURLWithPath: messy))
      #expect(try volgen("format", "--write", messy, bad).status == 65)
      #expect(try bytes(messy) == Array(text.utf8))
      #expect(try volgen("format", "--write", "-").status == 65)
      #expect(try volgen("format", "--write", "-", stdin: Array(text.utf8)).status == 64)
      #expect(try volgen("format", messy, fine).status == 64)
    }
  }

  // MARK: graph

  /// Graphviz must take what we write; the picture is kept for whoever looks.
  @Test(arguments: ["volfiles/jbr3-brick0.vol", "glusterd/dr/dr.tcp-fuse.vol"])
  func aPictureIsDrawn(sample: String) throws {
    let run = try volgen("graph", samplePath(sample))
    #expect(run.status == 0)
    #expect(run.text.hasPrefix("digraph volfile {\n"))
    let pictures = FileManager.default.temporaryDirectory.path + "/jbr-pictures"
    try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
    let name = pictures + "/" + (sample as NSString).lastPathComponent
    try Data(run.stdout).write(to: URL(fileURLWithPath: name + ".dot"))
    let drawn = try output(["dot", "-Tpng", name + ".dot", "-o", name + ".png"])
    #expect(drawn.status == 0 && drawn.text.isEmpty, "\(drawn.text)")
  }

  @Test func aPictureGoesToAFileAndShowsNoPassword() throws {
    try scratch { directory in
      let trusted = samplePath("glusterd/one/trusted-one.tcp-fuse.vol")
      let run = try volgen("graph", "--options", trusted, "-o", directory + "/")
      #expect(run.status == 0)
      #expect(try run.lines.first?.text("graph") == "graph")
      let text = String(
        decoding: try bytes(directory + "/trusted-one.tcp-fuse.dot"), as: UTF8.self)
      #expect(text.contains("remote-host = vm"))
      #expect(!text.contains("8ff440ed"))
      #expect(try volgen("graph").status == 64)
      #expect(try volgen("graph", "-", stdin: Array("volume".utf8)).status == 65)
    }
  }
}
