import Testing

/// Journals that older versions wrote stay readable: they are kept, and never written again.
@Suite struct JBRGoldenTests {
  /// The journal of version 1 holds a frozen and compressed term, a draining one with its data
  /// in a file, and a current one.
  @Test(arguments: ["dump", "stat", "verify"])
  func aJournalOfVersionOneReadsAsEver(command: String) throws {
    let sample = try JournalSample("jbr-v1")
    let run = try runTool("jbr-journal", [command, sample.directory + "/jbr-v1"])
    try expectGolden(goldenText(run, without: sample.directory), "journal/jbr-v1-\(command).txt")
    let checked = try validate(run.stdout)
    #expect(checked.status == 0, "\(checked.text)")
  }

  @Test func thePayloadOfAJournalOfVersionOneIsThere() throws {
    let sample = try JournalSample("jbr-v1")
    let copy = sample.directory + "/copy"
    let lines = try runTool(
      "jbr-journal", ["dump", "--payload", "base64", sample.directory + "/jbr-v1"])
    #expect(lines.status == 0)
    let made = try runTool("jbr-journal", ["import", "--format", "jbr", copy], stdin: lines.stdout)
    #expect(made.status == 0, "\(made.stderr)")
    let again = try runTool("jbr-journal", ["dump", "--payload", "base64", copy])
    let digests = { (run: ToolRun) in run.text.matches(of: #/"payload": ?"[^"]*"/#).map(\.output) }
    #expect(digests(again) == digests(lines))
    #expect(digests(lines).count > 5)
  }
}
