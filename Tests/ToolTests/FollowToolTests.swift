import Foundation
import Testing

/// `jbr-journal follow` as a process beside the writers of its journal.
@Suite struct FollowToolTests {
  private let directory: String
  private let sample: JournalSample

  init() throws {
    sample = try JournalSample("14-jbr3-quorum-loss")
    directory = sample.directory + "/jbr"
    try #require(try run(["create", directory]).status == 0)
  }

  @discardableResult
  private func run(_ arguments: [String], stdin: String = "") throws -> ToolRun {
    try runTool("jbr-journal", arguments, stdin: Array(stdin.utf8))
  }

  /// Appends requests by a process of its own.
  private func append(_ count: Int) throws {
    let lines = try run(
      ["dump", "--payload", "base64", "--fop", "!ipc", "--limit", "\(count)", sample.replicas[0]])
    try #require(try run(["append", directory], stdin: lines.text).status == 0)
  }

  private func ids(_ text: String) throws -> [String] {
    try text.split(separator: "\n").compactMap {
      let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return line?["id"] as? String
    }
  }

  /// A process whose lines are read as they come.
  private final class Follower {
    let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private var text = ""

    init(_ arguments: [String]) throws {
      process.executableURL = try builtExecutable("jbr-journal")
      process.arguments = ["follow"] + arguments
      process.standardOutput = output
      process.standardError = errors
      process.standardInput = FileHandle.nullDevice
      try process.run()
      endLate(process)
      // Of this end nothing is needed, and while it is open the pipe has a writer.
      try output.fileHandleForWriting.close()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Waits for so many lines; fewer only if the process ends before.
    func lines(_ count: Int) -> String {
      while text.count(where: { $0 == "\n" }) < count {
        let data = output.fileHandleForReading.availableData
        if data.isEmpty { break }
        text += String(decoding: data, as: UTF8.self)
      }
      return text
    }

    /// Ends it by a signal, unless it ends by itself; the status, and what it told.
    func end(_ signal: Int32? = nil) throws -> (status: Int32, stderr: String) {
      if let signal { kill(process.processIdentifier, signal) }
      let told = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      let isSignal = process.terminationReason == .uncaughtSignal
      return (
        process.terminationStatus + (isSignal ? 128 : 0), String(decoding: told, as: UTF8.self)
      )
    }

    /// Waits until it has opened a file to read it; what is there by then is read at once.
    func waitUntilOpen(_ name: String) throws {
      let folder = "/proc/\(process.processIdentifier)/fd"
      try wait {
        let open = try FileManager.default.contentsOfDirectory(atPath: folder)
        return open.contains {
          (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + $0))?
            .hasSuffix(name) == true
        }
      }
      Thread.sleep(forTimeInterval: 0.1)
    }

    /// Waits until so many bytes wait to be read.
    func waitUntilPiped(_ wanted: Int32) throws {
      try wait {
        var count: Int32 = 0
        let answer = ioctl(output.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &count)
        return answer == 0 && count >= wanted
      }
    }

    private func wait(_ isReached: () throws -> Bool) throws {
      for _ in 0..<500 where process.isRunning {
        if try isReached() { return }
        Thread.sleep(forTimeInterval: 0.02)
      }
      throw CocoaError(.executableLoad)
    }

    func stopReading() throws { try output.fileHandleForReading.close() }
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func everyRequestComesFromAllWritersAndTermsUntilASignal(signal: Int32) throws {
    try append(2)
    let follower = try Follower([directory])
    #expect(try ids(follower.lines(2)) == ["1/1", "1/2"])
    try append(3)
    try run(["set-state", "current", "--term", "4", directory])
    try append(1)
    try run(["set-state", "invalid", "--term", "1", "--index", "1..5", directory])
    try run(["close", "--term", "1", directory])
    try append(1)
    let wanted = ["1/1", "1/2", "1/3", "1/4", "1/5", "4/1", "4/2"]
    #expect(try ids(follower.lines(7)) == wanted)
    let end = try follower.end(signal)
    #expect(end.status == 0)
    #expect(end.stderr == "")
  }

  @Test func aLimitEndsItAndNewPassesOverWhatIsThere() throws {
    try append(4)
    let limited = try run(["follow", "--limit", "3", directory])
    #expect(limited.status == 0)
    #expect(try ids(limited.text) == ["1/1", "1/2", "1/3"])
    let follower = try Follower(["--new", "--limit", "2", directory])
    try follower.waitUntilOpen("term-0000000001.events")
    try append(2)
    #expect(try ids(follower.lines(3)) == ["1/5", "1/6"])
    #expect(try follower.end().status == 0)
  }

  @Test func aReaderThatIsGoneEndsItSoonAndQuietly() throws {
    try append(1)
    let follower = try Follower([directory])
    #expect(try ids(follower.lines(1)) == ["1/1"])
    try follower.stopReading()
    // Nothing new comes.
    let end = try follower.end()
    #expect(end.status == 128 + SIGPIPE)
    #expect(end.stderr == "")
  }

  @Test func aSignalEndsItAlsoWhileNobodyTakesItsLines() throws {
    for _ in 0..<6 { try append(90) }
    let follower = try Follower([directory])
    try follower.waitUntilPiped(60_000)
    #expect(try follower.end(SIGTERM).status == 128 + SIGTERM)
  }

  @Test func anotherJournalInItsPlaceEndsIt() throws {
    try append(2)
    let follower = try Follower([directory])
    #expect(try ids(follower.lines(2)) == ["1/1", "1/2"])
    let other = directory + "-other"
    try run(["create", other])
    try FileManager.default.moveItem(atPath: directory, toPath: directory + "-old")
    try FileManager.default.moveItem(atPath: other, toPath: directory)
    let end = try follower.end()
    // Between the two moves there is none.
    #expect(end.status == 75 || end.status == 66, "\(end.stderr)")
  }

  @Test func pruningDoesNotDisturbIt() throws {
    try append(2)
    let follower = try Follower([directory])
    #expect(try ids(follower.lines(2)) == ["1/1", "1/2"])
    try run(["set-state", "invalid", "--term", "1", "--index", "1..2", directory])
    try run(["close", "--term", "1", directory])
    try run([
      "set-state", "retired", "--term", "1", "--reconciliation-id", "00000000000000aa", directory,
    ])
    #expect(try run(["prune", directory]).text.contains("\"pruned\""))
    try run(["set-state", "current", "--term", "2", directory])
    try append(1)
    #expect(try ids(follower.lines(3)) == ["1/1", "1/2", "2/1"])
    #expect(try follower.end(SIGINT).status == 0)
  }

  @Test func anFDLJournalIsFollowedIntoItsNextRun() throws {
    let runs = try JournalSample("17-jbr3-leader-restart")
    let journal = try #require(
      runs.replicas.first { FileManager.default.fileExists(atPath: $0 + "/run2") })
    let wanted = try ids(try run(["dump", journal]).text)
    let (second, later) = (journal + "/run2", runs.directory + "/later")
    try FileManager.default.moveItem(atPath: second, toPath: later)
    let first = try ids(try run(["dump", journal]).text)
    try #require(!first.isEmpty && first.count < wanted.count)
    let follower = try Follower([journal])
    _ = follower.lines(first.count / 2)
    try FileManager.default.moveItem(atPath: later, toPath: second)
    #expect(try ids(follower.lines(wanted.count)) == wanted)
    #expect(try follower.end(SIGTERM).status == 0)
  }

  @Test func whatHasNoEndIsRefused() throws {
    for option in [["--reverse"], ["--state", "invalid"]] {
      #expect(try run(["follow"] + option + [directory]).status == 64)
    }
    #expect(try run(["follow", directory + "-none"]).status == 66)
  }
}
