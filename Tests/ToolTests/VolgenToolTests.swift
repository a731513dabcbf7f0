import Foundation
import Testing

/// Starts the built jbr-volgen, as a user would.
@Suite struct VolgenToolTests {
  private static let commands = [
    "recon", "brick", "client", "check", "format", "diff", "graph", "get", "set",
  ]
  private let set = samplePath("volfiles/jbr3.json")
  private let local = samplePath("volfiles/recon.json")

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  private func volgen(_ arguments: String..., stdin: [UInt8] = []) throws -> ToolRun {
    try runTool("jbr-volgen", arguments, stdin: stdin)
  }

  @Test(arguments: [
    ["brick", "--replica", "near"], ["client"], ["recon", "--replica", "near", "--part", "client"],
    ["recon", "--replica", "near", "--part", "brick"],
    ["recon", "--replica", "far", "--part", "client"],
    ["recon", "--replica", "far", "--part", "brick"],
  ])
  func graphsAreAsRecorded(arguments: [String]) throws {
    let name = arguments.filter { !$0.hasPrefix("-") }.joined(separator: "-")
    let golden = samplePath("volgen-golden/\(name).vol")
    let run = try runTool("jbr-volgen", arguments + ["-i", "-"], stdin: try bytes(local))
    #expect(run.status == 0)
    #expect(run.stderr == "")
    if ProcessInfo.processInfo.environment["RECORD"] != nil {
      try Data(run.stdout).write(to: URL(fileURLWithPath: golden))
    }
    #expect(run.text == String(decoding: try bytes(golden), as: UTF8.self))
    // What we write, we find nothing wrong with.
    #expect(try volgen("check", "-", stdin: run.stdout).status == 0)
  }

  @Test func severalGraphsGoIntoADirectoryAndReplaceNothing() throws {
    try scratch { directory in
      let run = try volgen("recon", "-i", local, "-o", directory + "/new")
      #expect(run.status == 0)
      let lines = run.text.split(separator: "\n")
      #expect(lines.count == 4)
      #expect(lines.allSatisfy { $0.hasPrefix("{\"type\":\"volfile_written\",\"file\":") })
      let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/new")
      #expect(
        names.sorted() == ["far-brick.vol", "far-client.vol", "near-brick.vol", "near-client.vol"])
      // They hold a password.
      let file = directory + "/new/near-brick.vol"
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect(mode == 0o600)

      let before = try bytes(file)
      let again = try volgen("recon", "-i", local, "-o", directory + "/new")
      #expect(again.status == 73)
      #expect(again.stderr.hasPrefix("jbr-volgen: \(directory)/new/"))
      let forced = try volgen("recon", "-i", local, "-o", directory + "/new", "--force")
      #expect(forced.status == 0)
      #expect(try bytes(file) == before)
    }
  }

  @Test func oneGraphGoesIntoAFile() throws {
    try scratch { directory in
      let file = directory + "/c.vol"
      #expect(try volgen("client", "-i", set, "-o", file).status == 0)
      let again = try volgen("client", "-i", set, "-o", file)
      #expect(again.status == 73)
      #expect(again.stderr == "jbr-volgen: \(file): exists; give --force to replace it\n")
      #expect(try volgen("client", "-i", set, "-o", directory + "/no/c.vol").status == 73)
      #expect(try volgen("brick", "-i", set, "-o", file, "--force").status == 73)
      // What is no file stays what it is, and a link a link.
      let pipe = directory + "/pipe"
      #expect(try output(["mkfifo", pipe]).status == 0)
      #expect(try volgen("client", "-i", set, "-o", pipe, "--force").status == 73)
      #expect(try output(["test", "-p", pipe]).status == 0)
      let link = directory + "/link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
      try Data().write(to: URL(fileURLWithPath: file))
      #expect(try volgen("client", "-i", set, "-o", link, "--force").status == 0)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
      #expect(try !bytes(file).isEmpty)
    }
  }

  @Test func severalGraphsAreNotPutIntoOneFile() throws {
    let run = try volgen("brick", "-i", set)
    #expect(run.status == 64)
    #expect(run.stdout == [])
    #expect(
      run.stderr == "jbr-volgen: 3 graphs (brick0.vol, brick1.vol, brick2.vol) do not go into "
        + "one file; choose one, or give -o DIR\n")
  }

  @Test func checkPrintsFindingsAndACount() throws {
    let run = try volgen(
      "check", "--option-table", "built-in", "-",
      stdin: Array("volume a\n type x/y\n option k v\n".utf8))
    #expect(run.status == 65)
    #expect(
      run.text == """
        {"type":"volfile_finding","file":"standard input","line":4,"column":1,"volume":"a",\
        "rule":"syntax","severity":"error",\
        "message":"expected 'end-volume', found the end of the file"}
        {"type":"volfile_check","file":"standard input","volumes":1,"top":"a","errors":1,\
        "warnings":0,"option_table":"built-in","glusterfs":"10.3"}

        """)
  }

  @Test func warningsEndWithOne() throws {
    let run = try volgen("check", samplePath("volfile-grammar/54-two-tops.vol"))
    #expect(run.status == 1)
    #expect(run.text.contains("\"rule\":\"several-tops\",\"severity\":\"warning\""))
  }

  @Test func badInputIsOneLineAndTheRightStatus() throws {
    let directory = try volgen("check", samplePath("volfiles"))
    #expect(directory.status == 66)
    #expect(directory.stderr == "jbr-volgen: \(samplePath("volfiles")): is a directory\n")
    let absent = try volgen("check", "/nonexistent.vol", samplePath("volfile-grammar/03-ok.vol"))
    #expect(absent.status == 66)
    #expect(
      absent.stderr == "jbr-volgen: /nonexistent.vol: cannot open: No such file or directory\n")
    // The others are checked all the same.
    #expect(absent.text.contains("\"errors\":0"))
    #expect(try volgen("check", "-").status == 65)
    let garbage = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 7) }
    let binary = try volgen("check", "-", stdin: garbage)
    #expect(binary.status == 65)
    #expect(binary.text.split(separator: "\n").count == 2)
    #expect(try volgen("check").status == 64)
    #expect(try volgen("nosuch").status == 64)
    #expect(try volgen("brick", "-i", set, "--replica", "nosuch").status == 64)
    #expect(try volgen("brick", "-i", samplePath("volfiles/none.json")).status == 66)
    let json = try volgen("client", "-i", "-", stdin: Array("{\"volume\":".utf8))
    #expect(json.status == 65)
    #expect(json.stderr.split(separator: "\n").count == 1)
  }

  @Test func aFileWithoutEndIsRefusedAtTheLimit() throws {
    let run = try volgen("check", "/dev/zero")
    #expect(run.status == 65)
    #expect(run.stderr.hasPrefix("jbr-volgen: /dev/zero: has more than 67108864 bytes"))
  }

  @Test func formatIsCanonicalAndKeepsComments() throws {
    let text =
      "# made by hand\nvolume \"p\" type storage/posix # kind\noption directory /b end-volume"
    let run = try volgen("format", "-", stdin: Array(text.utf8))
    #expect(run.status == 0)
    #expect(
      run.text == """
        # made by hand
        # kind
        volume p
            type storage/posix
            option directory /b
        end-volume

        """)
    #expect(try volgen("format", "-", stdin: run.stdout).text == run.text)
    let bad = try volgen("format", "-", stdin: Array("volume".utf8))
    #expect(bad.status == 65)
    #expect(bad.stderr.hasPrefix("jbr-volgen: standard input: at line 1, column 7: expected"))
  }

  @Test func helpAndVersionAreThere() throws {
    let help = try volgen("--help")
    #expect(help.status == 0)
    #expect(help.text.contains("OVERVIEW: Write, read and check volfiles."))
    for command in Self.commands {
      #expect(help.text.contains("  \(command) "))
      #expect(try volgen(command, "--help").text.contains("Example"))
    }
    #expect(try volgen("--version").text.hasPrefix("jbr "))
  }

  @Test(
    arguments: [["--help"]]
      + commands.map { [$0, "--help"] })
  func theManualHasEveryOptionOfTheHelp(arguments: [String]) throws {
    let manual = String(
      decoding: try bytes(samplePath("../../man/jbr-volgen.1")), as: UTF8.self)
    let help = try runTool("jbr-volgen", arguments).text
    let options = Set(help.matches(of: /--([a-z-]+)/).map { String($0.output.1) })
    #expect(options.contains("help"))
    for option in options { #expect(manual.contains("Fl -\(option)"), "--\(option)") }
  }
}
