import Foundation
import JBRCore
import Testing

/// `check --real`: the verdicts of the GlusterFS that is really installed, file by file.
@Suite struct VolfileRealToolTests {
  /// What the tool says of one file.
  private struct Report {
    var findings: [[String: Any]] = []
    var real: [String: Any] = [:]
    var check: [String: Any] = [:]

    var verdict: String? { real["verdict"] as? String }
    var errors: [String] {
      findings.filter { $0["severity"] as? String == "error" }.compactMap { $0["rule"] as? String }
    }
  }

  private static func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: samplePath(folder))
      .filter { $0.hasSuffix(".vol") }.sorted().map { samplePath(folder) + "/" + $0 }
  }

  private func check(_ arguments: [String]) throws -> (run: ToolRun, files: [String: Report]) {
    let run = try runTool("jbr-volgen", ["check"] + arguments)
    var files: [String: Report] = [:]
    for line in run.text.split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      let fields = try #require(object as? [String: Any])
      let file = ((fields["file"] as? String ?? "") as NSString).lastPathComponent
      switch fields["type"] as? String {
      case "volfile_finding": files[file, default: Report()].findings.append(fields)
      case "volfile_real": files[file, default: Report()].real = fields
      default: files[file, default: Report()].check = fields
      }
    }
    return (run, files)
  }

  private func recordedVerdicts() throws -> [String: String] {
    let path = samplePath("volfile-grammar/verdicts.json")
    return try JSONDecoder().decode(
      [String: String].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test func ourVerdictIsTheInstalledParsersOrStricterByANamedRule() throws {
    let (run, reports) = try check(["--real"] + Self.files("volfile-grammar"))
    #expect(run.status == 65)
    let recorded = try recordedVerdicts()
    #expect(reports.count == recorded.count)
    var stricter: Set<String> = []
    for (file, report) in reports {
      guard report.verdict != "not-shown" else {
        // What it would run or load, it is not shown.
        #expect(!report.errors.isEmpty)
        stricter.formUnion(report.errors)
        continue
      }
      #expect(report.verdict == recorded[file], "\(file)")
      #expect(!report.errors.contains("glusterfs"), "\(file)")
      if report.verdict == "refused" {
        #expect(!report.errors.isEmpty, "\(file)")
      } else {
        stricter.formUnion(report.errors)
      }
    }
    #expect(reports.values.count { $0.verdict == "not-shown" } == 5)
    let named = VolfileRule.allCases.filter(\.isStricterThanGlusterFS).map(\.rawValue)
    #expect(stricter.subtracting(named) == ["unknown-type"])
    #expect(stricter.count <= 8)
  }

  @Test func theInstalledGlusterFSReadsRealVolfilesAsWeDo() throws {
    let (run, reports) = try check(["--real"] + Self.files("volfiles"))
    // 10.3 has no jbr and no fdl.
    #expect(run.status == 69)
    #expect(run.stderr.split(separator: "\n").count == 6)
    #expect(
      run.stderr.contains(
        "jbr3-brick0.vol: GlusterFS 10.3 lacks experimental/fdl, experimental/jbr, and cannot"))
    #expect(reports.count >= 49)
    for (file, report) in reports {
      #expect(report.findings.isEmpty, "\(file)")
      #expect(report.check["option_table"] as? String == "installed")
      let isOurs = report.real["lacks"] != nil
      #expect(report.verdict == (isOurs ? "lacking" : "accepted"), "\(file)")
      if !isOurs {
        #expect(report.real["volumes"] as? Int == report.check["volumes"] as? Int, "\(file)")
        #expect(report.real["top"] as? String == report.check["top"] as? String, "\(file)")
      }
    }
  }

  /// All that is generated of real volumes, from either source and for bricks here and elsewhere.
  @Test func everyGraphThatIsMadeIsAccepted() throws {
    let directory = FileManager.default.temporaryDirectory.path + "/jbr-made-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var count = 0
    for volume in ["arb", "dd", "disp", "dist", "dr", "one", "opt", "rep3"] {
      for source in ["glusterd/info-\(volume).xml", "glusterd/\(volume)"] {
        for (command, place) in [
          ("recon", ["--recon-port", "36000"]),
          ("recon", ["--local", "vm", "--socket-directory", "/run"]), ("brick", []),
          ("client", []),
        ] {
          let output = "\(directory)/\(count)/"
          count += 1
          try FileManager.default.createDirectory(
            atPath: output, withIntermediateDirectories: true)
          let made = try runTool(
            "jbr-volgen", [command, "-i", samplePath(source)] + place + ["-o", output])
          #expect(made.status == 0, "\(command) \(source): \(made.stderr)")
          let paths = try FileManager.default.contentsOfDirectory(atPath: output).sorted()
          #expect(!paths.isEmpty)
          let (run, reports) = try check(["--real", "--no-bricks"] + paths.map { output + $0 })
          #expect(run.status <= 1, "\(command) \(source): \(run.stderr)")
          for (file, report) in reports {
            #expect(report.verdict == "accepted", "\(command) \(source): \(file)")
            #expect(report.errors == [], "\(command) \(source): \(file)")
          }
        }
      }
    }
  }

  @Test func whatIsLackingIsToldWhoeverKnowsTheOptions() throws {
    for options in ["installed", "built-in"] {
      let (run, reports) = try check(
        ["--real", "--option-table", options, samplePath("volfiles/jbr3-brick0.vol")])
      #expect(run.status == 69)
      let report = try #require(reports["jbr3-brick0.vol"])
      #expect(report.findings.isEmpty)
      #expect(report.verdict == "lacking")
      #expect(report.real["lacks"] as? [String] == ["experimental/fdl", "experimental/jbr"])
      #expect(report.check["option_table"] as? String == options)
    }
  }

  @Test func volfilesBesideJournalsAreReadAlike() throws {
    let folder = repository + "/../shared/journals"
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      print("NOTE: ../shared/journals is not there; only Tests/Samples were tried.")
      return
    }
    for name in names where name.hasSuffix(".tar.zst") {
      let sample = try JournalSample(archive: folder + "/" + name, only: "*.vol")
      let paths = try FileManager.default.subpathsOfDirectory(atPath: sample.directory)
        .filter { $0.hasSuffix(".vol") }.map { sample.directory + "/" + $0 }
      guard !paths.isEmpty else { continue }
      for (file, report) in try check(["--real"] + paths).files {
        #expect(report.findings.isEmpty, "\(name): \(file)")
        #expect(["accepted", "lacking"].contains(report.verdict), "\(name): \(file)")
      }
    }
  }

  @Test func rangesAndListsOfValuesAreThoseOfTheInstalledTranslators() throws {
    let volfile = """
      volume p
        type storage/posix
        option directory /nonexistent
        option health-check-timeout -1
        option brick-uid 5
      end-volume
      volume r
        type cluster/replicate
        option data-self-heal-algorithm nosuch
        subvolumes p
      end-volume
      """
    let run = try runTool("jbr-volgen", ["check", "-"], stdin: Array(volfile.utf8))
    #expect(run.status == 65)
    let findings = run.text.split(separator: "\n").dropLast()
    #expect(findings.count == 2)
    #expect(findings.allSatisfy { $0.contains("\"rule\":\"invalid-value\"") })
    #expect(run.text.contains("\"line\":4,\"column\":31"))
    #expect(run.text.contains("\"line\":9,\"column\":35"))
    let own = try runTool(
      "jbr-volgen", ["check", "--option-table", "built-in", "-"], stdin: Array(volfile.utf8))
    #expect(own.status == 0)
    #expect(own.text.contains("\"option_table\":\"built-in\",\"glusterfs\":\"10.3\""))
    #expect(try validate(run.stdout).status == 0)
  }

  @Test func aComplaintCountsWhateverTheStatusSays() throws {
    let text = """
      volume c
        type protocol/client
        option remote-host 50%
        option remote-subvolume x
      end-volume
      """
    let run = try runTool("jbr-volgen", ["check", "--real", "-"], stdin: Array(text.utf8))
    #expect(run.status == 65)
    #expect(
      run.text.contains("\"line\":3,\"column\":22,\"volume\":\"c\",\"rule\":\"invalid-value\""))
    #expect(!run.text.contains("\"rule\":\"glusterfs\""))
  }

  @Test(arguments: [
    // Of an option that is given again, only the last value is looked at.
    ("directory x option directory /nonexistent", "accepted"),
    ("directory /nonexistent option directory x", "refused"),
    ("directory x option directory \"\"", "refused"),
    ("directory /nonexistent option reserve 5%", "accepted"),
    ("directory /nonexistent option reserve 101%", "refused"),
    ("directory /nonexistent option reserve -1", "refused"),
    ("directory /nonexistent option create-mask 0777", "accepted"),
    ("directory /nonexistent option create-mask 07777", "refused"),
    ("directory /nonexistent option nosuch x", "accepted"),
  ])
  func valuesAreJudgedAsTheTranslatorsDo(options: String, verdict: String) throws {
    let text = "volume p type storage/posix option \(options) end-volume\n"
    let run = try runTool("jbr-volgen", ["check", "--real", "-"], stdin: Array(text.utf8))
    #expect(run.text.contains("\"verdict\":\"\(verdict)\""), "\(run.text)")
    #expect((run.status == 65) == (verdict == "refused"), "\(run.text)")
    #expect(!run.text.contains("\"rule\":\"glusterfs\""))
  }

  /// An empty file in the library's place, which the loader refuses.
  private func withoutGluster(_ body: ([String: String]) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("jbr-no-gluster-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["libgfapi.so.0", "libglusterfs.so.0"] {
      try Data().write(to: folder.appendingPathComponent(name))
    }
    try body(["LD_LIBRARY_PATH": folder.path])
  }

  @Test func withoutGlusterFSOurOwnTableServes() throws {
    let file = samplePath("volfile-grammar/03-ok.vol")
    try withoutGluster { environment in
      let plain = try runTool("jbr-volgen", ["check", file], environment: environment)
      #expect(plain.status == 0)
      #expect(plain.stderr == "")
      #expect(plain.text.contains("\"option_table\":\"built-in\""))
      for arguments in [["--real"], ["--option-table", "installed"]] {
        let run = try runTool(
          "jbr-volgen", ["check"] + arguments + [file], environment: environment)
        #expect(run.status == 69)
        #expect(run.stderr.contains("apt-get install libgfapi0 glusterfs-common"))
        #expect(run.stderr.split(separator: "\n").count == 1)
        #expect(run.text.contains("\"errors\":0"))
      }
    }
  }

  @Test func nothingThatAVolfileHoldsIsRunOrLoaded() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("jbr-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let trace = folder.appendingPathComponent("ran").path
    for text in [
      "# `touch \(trace)`\nvolume p\n type storage/posix\n option directory /b\nend-volume\n",
      "volume p\n type storage/posix\n option directory \"`touch \(trace)`\"\nend-volume\n",
    ] {
      let run = try runTool("jbr-volgen", ["check", "--real", "-"], stdin: Array(text.utf8))
      #expect(run.status == 65)
      #expect(run.text.contains("\"verdict\":\"not-shown\""))
    }
    #expect(!FileManager.default.fileExists(atPath: trace))
  }

  @Test func nothingIsStartedOrOpened() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/jbr-brick-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: folder + "/brick", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = """
      volume p
        type storage/posix
        option directory \(folder)/brick
      end-volume
      volume s
        type protocol/server
        option transport-type socket
        option transport.address-family unix
        option transport.socket.listen-path \(folder)/socket
        option auth.addr.p.allow *
        subvolumes p
      end-volume
      """
    let run = try runTool("jbr-volgen", ["check", "--real", "-"], stdin: Array(text.utf8))
    #expect(run.status == 0)
    #expect(run.text.contains("\"verdict\":\"accepted\",\"volumes\":2,\"top\":\"s\""))
    // A brick that is started makes .glusterfs first of all.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["brick"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/brick") == [])
  }

  /// Both spellings of an é; the real parser says that they are two.
  @Test func namesAreTheirBytesForGlusterFSAndForUs() throws {
    let (one, two) = ("caf\u{E9}", "cafe\u{301}")
    func check(_ child: String, _ second: String) throws -> ToolRun {
      let bricks = [one, second].enumerated().map {
        "volume \($1)\n type storage/posix\n option directory /nonexistent/\($0)\nend-volume\n"
      }
      let text =
        bricks.joined() + "volume r\n type cluster/replicate\n option \(one) 1\n"
        + " option \(two) 2\n subvolumes \(one) \(child)\nend-volume\n"
      return try runTool("jbr-volgen", ["check", "--real", "-"], stdin: Array(text.utf8))
    }
    let good = try check(two, two)
    #expect(good.status == 1, "\(good.text) \(good.stderr)")
    #expect(good.text.contains("\"verdict\":\"accepted\",\"volumes\":3"))
    let rules = good.text.split(separator: "\"rule\":\"").dropFirst().map {
      $0.prefix { $0 != "\"" }
    }
    #expect(rules == ["unknown-option", "unknown-option"])
    let twice = try check(two, one)
    #expect(twice.status == 65)
    #expect(twice.text.contains("\"verdict\":\"refused\""))
    #expect(twice.text.contains("\"rule\":\"duplicate-volume\""))
    // GlusterFS drops what is not defined.
    let missing = try check("cafe\u{302}", two)
    #expect(missing.status == 65)
    #expect(missing.text.contains("\"rule\":\"undefined-subvolume\""))
    #expect(!missing.text.contains("\"rule\":\"glusterfs\""))
  }

  /// The dynamic linker writes a file of its own for each program that is started.
  private func startedProcesses(_ arguments: [String]) throws -> (count: Int, run: ToolRun) {
    let folder = FileManager.default.temporaryDirectory.path + "/jbr-loads-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try runTool(
      "jbr-volgen", ["check"] + arguments,
      environment: ["LD_DEBUG": "statistics", "LD_DEBUG_OUTPUT": folder + "/x"])
    return (try FileManager.default.contentsOfDirectory(atPath: folder).count, run)
  }

  @Test func manyFilesAreOneQuestion() throws {
    let files = try Self.files("volfiles") + ["/nonexistent.vol"] + Self.files("volfile-grammar")
    let (count, run) = try startedProcesses(files)
    #expect(count == 2)
    #expect(try startedProcesses(["--option-table", "built-in"] + files).count == 1)
    // Each file is judged as if it were alone, and in its turn.
    var lines: [Substring] = []
    for file in files {
      lines += try runTool("jbr-volgen", ["check", file]).text.split(separator: "\n")
    }
    #expect(run.text.split(separator: "\n") == lines)
    #expect(run.stderr.contains("/nonexistent.vol: cannot open"))
  }

  @Test func everyLineIsOfItsSchema() throws {
    let (run, _) = try check(["--real"] + Self.files("volfile-grammar"))
    let answer = try validate(run.stdout)
    #expect(answer.status == 0, "\(answer.text)")
  }
}
