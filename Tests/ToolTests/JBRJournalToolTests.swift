import Foundation
import Testing

/// `jbr-journal` on journals of the project's own format, as a user works with them.
@Suite struct JBRJournalToolTests {
  private let directory: String
  private let sample: JournalSample

  init() throws {
    sample = try JournalSample("14-jbr3-quorum-loss")
    directory = sample.directory + "/jbr"
  }

  private func run(_ arguments: [String], stdin: String = "") throws -> ToolRun {
    try runTool("jbr-journal", arguments, stdin: Array(stdin.utf8))
  }

  private func objects(_ run: ToolRun) throws -> [[String: Any]] {
    try run.text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// The first requests of a real journal, with their payload.
  private func lines(_ count: Int) throws -> String {
    try run(["dump", "--payload", "base64", "--limit", "\(count)", sample.replicas[0]]).text
  }

  /// Files that a tool opens must not be taken for streams that it was not given.
  @Test(arguments: [("<&-", 74), (">&-", 74), ("2>&-", 64), (">&- 2>&-", 74)])
  func aClosedStreamIsNoFile(closed: String, status: Int32) throws {
    #expect(try run(["create", directory]).status == 0)
    let lines = Array(try self.lines(3).utf8)
    // Only an error goes to standard error.
    let arguments = closed == "2>&-" ? ["append", "--nonsense"] : ["append", directory]
    let run = try runTool(
      "jbr-journal", arguments, stdin: lines, wrapper: ["sh", "-c", "exec \"$0\" \"$@\" \(closed)"])
    #expect(run.status == status, "\(run.stderr)")
    #expect(run.stderr.hasSuffix(closed.contains("2>") ? "" : "Bad file descriptor\n"))
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
      let file = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
      #expect(file.firstRange(of: Data("{\"type\"".utf8)) == nil, "\(name)")
    }
  }

  @Test func aTermLivesFromItsFirstRequestToItsPruning() throws {
    #expect(try run(["create", "--name", "a", "--term", "5", directory]).status == 0)
    let appended = try run(["append", directory], stdin: lines(6))
    #expect(try objects(appended).map { $0["id"] as? String } == (1...6).map { "5/\($0)" })
    let range = ["--term", "5", "--index", "1..5", directory]
    #expect(try run(["set-state", "committed"] + range).status == 77)
    #expect(try run(["set-state", "in-progress"] + range).status == 0)
    #expect(try run(["set-state", "committed"] + range).status == 0)
    let open = try run(["close", directory])
    #expect(open.text.contains("\"draining\""))
    #expect(try run(["append", directory], stdin: lines(1)).status == 77)
    #expect(try run(["set-state", "frozen", "--term", "5", directory]).status == 77)
    #expect(try run(["set-state", "invalid", "--request", "5/6", directory]).status == 0)
    #expect(try run(["close", "--term", "5", directory]).text.contains("\"frozen\""))
    #expect(try run(["prune", directory]).text == "")
    let retire = ["set-state", "retired", "--term", "5", directory, "--reconciliation-id"]
    #expect(try run(retire + ["0000000000000000"]).status == 77)
    #expect(try run(retire + ["00000000000000aa"]).status == 0)
    #expect(try run(["prune", "-n", directory]).text.contains("\"dry_run\":true"))
    #expect(FileManager.default.fileExists(atPath: directory + "/term-0000000005.events"))
    #expect(try run(["prune", directory]).text.contains("\"dry_run\":false"))
    #expect(!FileManager.default.fileExists(atPath: directory + "/term-0000000005.events"))
    #expect(try run(["set-state", "current", "--term", "5", directory]).status == 77)
    #expect(try run(["set-state", "current", "--term", "6", directory]).status == 0)
    #expect(try run(["verify", directory]).status == 0)
  }

  @Test func requestsAreSelectedByStateAndTime() throws {
    #expect(try run(["create", directory]).status == 0)
    #expect(try run(["append", directory], stdin: lines(4)).status == 0)
    #expect(try run(["set-state", "invalid", "--request", "1/2", directory]).status == 0)
    func ids(_ arguments: [String]) throws -> [String?] {
      try objects(try run(["dump"] + arguments + [directory])).map { $0["id"] as? String }
    }
    #expect(try ids(["--state", "invalid"]) == ["1/2"])
    #expect(try ids(["--state", "uncommitted", "--reverse"]) == ["1/4", "1/3", "1/1"])
    #expect(try ids(["--since", "2020-01-01T00:00:00Z", "--limit", "1"]) == ["1/1"])
    #expect(try ids(["--until", "2020-01-01T00:00:00Z"]) == [])
    for command in ["dump", "stat", "verify"] {
      let refused = try run([command, "--state", "invalid", sample.replicas[0]])
      #expect(refused.status == 64, "\(command)")
    }
  }

  @Test(arguments: ["14-jbr3-quorum-loss", "15-jbr3-quorum100-rollback", "17-jbr3-leader-restart"])
  func conversionKeepsRequestsAndTheirNames(name: String) throws {
    let sample = try JournalSample(name)
    for (number, journal) in sample.replicas.enumerated() {
      let (jbr, back) = (sample.directory + "/j\(number)", sample.directory + "/f\(number)")
      #expect(try run(["convert", "--format", "jbr", journal, jbr]).status == 0)
      #expect(try run(["verify", jbr]).status == 0)
      #expect(try run(["convert", "--format", "fdl", jbr, back]).status == 0)
      func summary(_ journal: String) throws -> [String] {
        try objects(try run(["dump", "--payload", "base64", "--fop", "!ipc", journal])).map {
          let loc = try JSONSerialization.data(
            withJSONObject: $0["loc"] ?? [], options: .sortedKeys)
          let place = String(decoding: loc, as: UTF8.self)
          return "\($0["id"] ?? "") \($0["fop"] ?? "") \(place) \($0["payload"] ?? "")"
        }
      }
      let original = try summary(journal)
      #expect(original.count > 20)
      #expect(try summary(back) == original)
    }
  }

  @Test func aDumpIsImportedWithItsEvents() throws {
    let copy = directory + "-copy"
    #expect(try run(["create", directory]).status == 0)
    #expect(try run(["append", directory], stdin: lines(5)).status == 0)
    #expect(try run(["set-state", "invalid", "--request", "1/3", directory]).status == 0)
    let dump = try run(["dump", "--payload", "base64", directory])
    #expect(try run(["import", "--format", "jbr", copy], stdin: dump.text).status == 0)
    func content(_ journal: String) throws -> [String] {
      try objects(try run(["dump", "--payload", "base64", journal])).compactMap {
        guard let type = $0["type"] as? String, type != "journal_term" else { return nil }
        return "\(type) \($0["id"] ?? $0["event"] ?? "") \($0["digest"] ?? "") \($0["state"] ?? "")"
          + "\(type == "request" ? $0["time"] ?? "" : "")"
      }
    }
    #expect(try content(copy) == content(directory))
  }

  @Test func whatWasEchoedSurvivesAKilledWriter() throws {
    #expect(try run(["create", directory]).status == 0)
    let process = Process()
    process.executableURL = try builtExecutable("jbr-journal")
    process.arguments = ["append", directory]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(try lines(20).utf8))
    var echoed = Data()
    while echoed.count(where: { $0 == UInt8(ascii: "\n") }) < 20 {
      echoed += output.fileHandleForReading.availableData
    }
    // While it lives, nobody else writes, and anybody reads.
    #expect(try run(["append", directory], stdin: lines(1)).status == 75)
    #expect(try objects(try run(["dump", "--fop", "!ipc", directory])).count == 20)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(try objects(try run(["dump", "--fop", "!ipc", directory])).count == 20)
    #expect(try run(["append", directory], stdin: lines(1)).text.contains("\"1/21\""))
    #expect(try run(["verify", directory]).status == 0)
  }

  @Test func aTornTailIsKeptAsideAndTold() throws {
    #expect(try run(["create", directory]).status == 0)
    #expect(try run(["append", directory], stdin: lines(9)).status == 0)
    let log = directory + "/term-0000000001.events"
    // The last sector of the last group was never written.
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: log)))
    let end = try #require(bytes.lastIndex { $0 != 0 })
    let sector = end / 512 * 512
    for index in sector...end { bytes[index] = 0 }
    try Data(bytes).write(to: URL(fileURLWithPath: log))
    let torn = try run(["verify", directory])
    #expect(torn.status == 1)
    #expect(torn.text.contains("\"torn\""))
    let dump = try run(["dump", directory])
    #expect(dump.status == 0)
    #expect(dump.stderr.contains("torn"))
    let appended = try run(["append", directory], stdin: lines(1))
    #expect(appended.status == 0)
    #expect(appended.stderr.contains("broken-1"))
    #expect(FileManager.default.fileExists(atPath: log + ".broken-1"))
    #expect(try run(["verify", directory]).status == 0)
  }

  @Test func damageIsNamedWithItsRequestAndWhatFollowsIsRead() throws {
    #expect(try run(["create", directory]).status == 0)
    #expect(try run(["append", directory], stdin: lines(9)).status == 0)
    let requests = try objects(try run(["dump", "--request", "1/4", directory]))
    let offset = try #require(requests.first?["file_offset"] as? Int)
    let log = directory + "/term-0000000001.events"
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: log))
    try file.seek(toOffset: UInt64(offset + 130))
    try file.write(contentsOf: [0x5a])
    try file.close()
    let verify = try run(["verify", directory])
    #expect(verify.status == 65)
    let finding = try #require(try objects(verify).first)
    #expect(finding["index"] as? Int == 4)
    #expect(finding["field"] as? String == "body")
    #expect(finding["expected"] != nil && finding["found"] != nil && finding["fop"] != nil)
    let dump = try run(["dump", "--fop", "!ipc", directory])
    #expect(dump.status == 65)
    #expect(try objects(dump).count == 8)
    // A damaged term takes nothing; a later one does.
    #expect(try run(["append", directory], stdin: lines(1)).status == 65)
    #expect(try run(["convert", "--format", "fdl", directory, directory + "2"]).status == 65)
    #expect(!FileManager.default.fileExists(atPath: directory + "2"))
  }

  @Test func aFullDiskRefusesBeforeAnythingIsJournaled() throws {
    #expect(try run(["create", directory]).status == 0)
    let refused = try run(
      ["append", "--reserve", "9000000000000000000", directory], stdin: lines(1))
    #expect(refused.status == 74)
    #expect(refused.stderr.contains("No space left on device"))
    #expect(
      try objects(try run(["stat", directory])).count { $0["type"] as? String == "stat" } == 0)
  }

  @Test func aLostSuperblockIsALostDisk() throws {
    #expect(try run(["create", directory]).status == 0)
    #expect(try run(["append", directory], stdin: lines(2)).status == 0)
    try FileManager.default.removeItem(atPath: directory + "/superblock-1")
    #expect(try run(["verify", directory]).status == 65)
    #expect(try run(["append", directory], stdin: lines(1)).status == 0)
    #expect(try run(["verify", directory]).status == 0)
    for copy in 1...2 {
      try FileManager.default.removeItem(atPath: directory + "/superblock-\(copy)")
    }
    let lost = try run(["append", directory], stdin: lines(1))
    #expect(lost.status == 65)
    #expect(lost.stderr.contains("lost disk"))
    #expect(try run(["dump", directory]).status == 65)
  }
}
