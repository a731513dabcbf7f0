import Foundation
import Testing

/// What the built jbr-volgen says of wrong input, and how it ends.
@Suite struct VolgenMessageToolTests {
  private func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }

  private func expect(
    _ arguments: [String], stdin: String = "", wrapper: [String] = [], status: Int32,
    _ message: String, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let run = try runTool(
      "jbr-volgen", arguments, stdin: Array(stdin.utf8), wrapper: wrapper)
    #expect(run.status == status, sourceLocation: location)
    #expect(run.stdout == [], sourceLocation: location)
    #expect(run.stderr == "jbr-volgen: \(message)\n", sourceLocation: location)
  }

  // MARK: Sources

  private static let set = """
    {"volume": "v", "replicas": [
      {"name": "a", "host": "h", "port": 1, "brick": "/a", "leader": true},
      {"name": "b", "host": "i", "port": 1, "brick": "/b"}]}
    """

  /// What stands in the description, what it is replaced by, and what is said of it.
  @Test(arguments: [
    (#""port": 1, "brick": "/a""#, #""port": 1.5"#, "replicas[0].port: is not an integer"),
    (#""port": 1, "brick": "/a""#, #""port": 1e99"#, "replicas[0].port: is not an integer"),
    (#""port": 1, "brick": "/a""#, #""port": "1""#, "replicas[0].port: is not an integer"),
    (
      #""brick": "/b""#, #""brick": "/b", "#,
      "at line 3, column 56: is not valid JSON: unexpected '}'"
    ),
    (
      #"{"volume": "v","#, #"{"volume": "v""#,
      "at line 1, column 16: is not valid JSON: unexpected '\"'"
    ),
    (#""/b"}]}"#, #""/b"}]"#, "at line 3, column 56: is not valid JSON: it ends too early"),
    (#""name": "b""#, #""name": "a""#, "replicas[1].name: is the same name as replicas[0].name"),
    (
      #""host": "i""#, #""host": "h""#,
      "replicas[1].port: is the same host and port as replicas[0].port"
    ),
    (#""brick": "/b""#, #""brick": "b""#, "replicas[1].brick: 'b' is not an absolute path"),
    (#""volume": "v""#, #""volume": null"#, "volume: is missing"),
    (
      #""volume": "v""#, #""volume": "v", "volume": "w""#,
      "at line 1, column 17: is not valid JSON: key 'volume' comes twice"
    ),
    (
      #""volume": "v""#, #""volume": "`id`""#,
      #"volume: '\u{60}id\u{60}' has other than letters, digits, '-', '_' and '.'"#
    ),
  ])
  func aWrongDescriptionIsOneLine(part: String, wrong: String, message: String) throws {
    let text = Self.set.replacing(part, with: wrong)
    #expect(text != Self.set)
    try expect(["client", "-i", "-"], stdin: text, status: 65, "standard input: " + message)
  }

  @Test(arguments: [
    ("", "is empty"),
    ("[]", "is neither a JSON object, nor XML of gluster volume info, nor a volfile"),
    (
      "uuid=1\nhostname=h\n",
      "is neither a JSON object, nor XML of gluster volume info, nor a volfile"
    ),
    ("<cliOutput>\n <a></b>", "at line 2, column 7: is no XML that can be read: mismatched tag"),
    ("<cliOutput>\n <a>", "at line 2, column 5: is no XML that can be read: no element found"),
    (
      "<cliOutput><opErrstr>no such</opErrstr></cliOutput>",
      "is no output of gluster volume info --xml: it says 'no such'"
    ),
    (
      "volume a\n type\n",
      "at line 3, column 1: expected the volume's type, found the end of the file "
        + "(and 1 more; see check)"
    ),
    (
      "volume a-client-0\n type protocol/client\n option remote-port 1x\nend-volume\n",
      "option 'remote-port' at line 3, column 21: '1x' is no number from 0 to 10000000"
    ),
    (
      "volume a-client-0\n type protocol/client\n option remote-host h\nend-volume\n"
        + "volume a-client-0\n type protocol/client\n option remote-host h\nend-volume\n",
      "at line 5, column 8: volume 'a-client-0' is defined in line 1 already"
    ),
  ])
  func aSourceThatIsNoneIsOneLine(text: String, message: String) throws {
    try expect(["client", "-i", "-"], stdin: text, status: 65, "standard input: " + message)
  }

  @Test func whatAnOverlayMakesWrongNamesBoth() throws {
    let info = samplePath("glusterd/info-one.xml")
    try expect(
      ["client", "-i", info, "--overlay", "-"], stdin: #"{"ping_timeout": 9999}"#, status: 65,
      "\(info) with standard input: ping_timeout: is not from 0 to 1013")
  }

  @Test func anXMLOfFewerBricksThanItSaysIsCut() throws {
    let text = try String(contentsOfFile: samplePath("glusterd/info-rep3.xml"), encoding: .utf8)
    let cut = text.replacing("<brickCount>3<", with: "<brickCount>4<")
    #expect(cut != text)
    try expect(
      ["client", "-i", "-"], stdin: cut, status: 65,
      "standard input: brickCount: there are 3 bricks, and not 4: is the output whole?")
  }

  // MARK: glusterd's directory

  /// A file of the directory, what stands in it, by what it is replaced, and what is said of it.
  @Test(arguments: [
    ("info", "\ncount=3", "\ncount=4", "D/info: count: has 3 bricks, and says that it has 4"),
    ("info", "\ncount=3", "\ncount=x", "D/info: count: 'x' is no number from 0 to 10000000"),
    (
      "info", "\nvolume-id=", "\nx=",
      "D/info: volume-id: is missing: is this glusterd's file of a volume, and whole?"
    ),
    ("info", "type=", "type", "D/info: at line 1: is not KEY=VALUE"),
    (
      "bricks/vm:-srv-gd-bricks-rep-b2", "\nlisten-port=", "\nlisten-port=x",
      "D/bricks/vm:-srv-gd-bricks-rep-b2: listen-port: 'xP' is no number from 0 to 10000000"
    ),
    (
      "bricks/vm:-srv-gd-bricks-rep-b2", "hostname=", "host=",
      "D/bricks/vm:-srv-gd-bricks-rep-b2: lacks hostname or path"
    ),
  ])
  func aWrongDirectoryIsOneLine(file: String, part: String, wrong: String, message: String) throws {
    try scratch { directory in
      let copy = directory + "/rep3"
      try FileManager.default.copyItem(atPath: samplePath("glusterd/rep3"), toPath: copy)
      let text = try String(contentsOfFile: "\(copy)/\(file)", encoding: .utf8)
      let changed = text.replacing(part, with: wrong)
      #expect(changed != text)
      try write(changed, "\(copy)/\(file)")
      let port = text.split(separator: "\n").first { $0.hasPrefix("listen-port=") }?.dropFirst(12)
      let said = message.replacing("D/", with: copy + "/").replacing("P'", with: (port ?? "") + "'")
      try expect(["client", "-i", copy], status: 65, said)
    }
  }

  @Test func whatCannotBeLookedIntoIsToldFromWhatIsMissing() throws {
    try scratch { directory in
      try expect(
        ["client", "-i", directory], status: 66,
        "\(directory): has no file 'info', and is no directory of a volume of glusterd")
      let copy = directory + "/rep3"
      try FileManager.default.copyItem(atPath: samplePath("glusterd/rep3"), toPath: copy)
      // The volume's name is the directory's, whichever way leads there.
      let link = directory + "/x"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "rep3")
      for path in [link, copy + "/bricks/.."] {
        let run = try runTool("jbr-volgen", ["client", "-i", path])
        #expect(run.text.hasPrefix("# jbr-volgen client: volume rep3\n"), "\(run.stderr)")
      }
      // Without these capabilities root is denied as any other user is.
      let wrapper =
        geteuid() == 0
        ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : []
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: copy)
      defer {
        try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: copy)
      }
      try expect(
        ["client", "-i", copy], wrapper: wrapper, status: 66,
        "\(copy)/info: cannot examine: Permission denied")
    }
  }

  // MARK: Outputs

  @Test func whatCannotBeWrittenIsOneLine() throws {
    try scratch { directory in
      let set = directory + "/set.json"
      try write(Self.set, set)
      let make = ["client", "-i", set, "-o"]
      try expect(make + [set], status: 73, "\(set): exists; give --force to replace it")
      for force in [[], ["--force"]] {
        try expect(
          make + ["/dev/full"] + force, status: 73,
          "/dev/full: is no regular file, and is not replaced by one")
      }
      try expect(
        make + [set + "/x"], status: 73, "\(set)/x: cannot examine: Not a directory")
      try expect(
        make + [directory + "/no/x"], status: 73,
        "\(directory)/no/x: cannot create: No such file or directory")
      try expect(
        make + [directory + "/no/x/"], status: 73,
        "\(directory)/no/x/: cannot create directory: No such file or directory")
      #expect(try names(in: directory) == ["set.json"])
    }
  }

  @Test func twoGraphsOfOneNameAreNotWritten() throws {
    try scratch { directory in
      let brick = samplePath("volfiles/jbr3-brick0.vol")
      try expect(
        ["format", brick, brick, "-o", directory + "/out"], status: 64,
        "\(directory)/out/jbr3-brick0.vol: two of the graphs would be written there; "
          + "write them one by one")
      #expect(try names(in: directory) == [])
      for command in ["format", "diff", "check"] {
        try expect(
          [command, "-", "-"], status: 64,
          "Standard input is one volfile, and cannot be several. (see --help)")
      }
    }
  }

  @Test func noFileHasAnEmptyName() throws {
    for command in ["check", "format", "get", "set", "graph"] {
      let run = try runTool("jbr-volgen", [command, ""])
      #expect(run.status == 64, "\(command): \(run.stderr)")
      #expect(run.stdout == [])
      #expect(run.stderr.contains("The value '' is invalid for '<volfile>'"), "\(run.stderr)")
    }
    #expect(try runTool("jbr-volgen", ["diff", "", "x"]).status == 64)
  }

  /// Whatever is typed, the error is one line that does nothing to a terminal.
  @Test func anArgumentCannotBreakTheLine() throws {
    try expect(
      ["client", "-i", samplePath("glusterd/info-one.xml"), "--local", "a\n\u{1B}[2Jb"], status: 64,
      #"--local a\u{a}\u{1b}[2Jb: no replica has this name or host"#)
  }
}
