import Foundation
import Testing

/// `jbr-journal redact` on real journals.
@Suite struct RedactToolTests {
  private func run(_ arguments: [String]) throws -> ToolRun {
    try runTool("jbr-journal", arguments)
  }

  private func requests(_ journal: String) throws -> [[String: Any]] {
    let dump = try run(["dump", journal])
    return try dump.text.split(separator: "\n").compactMap {
      let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return line?["type"] as? String == "request" ? line : nil
    }
  }

  /// The names, targets and keys in a request that are long enough not to come about by chance.
  private func words(_ value: Any, _ key: String = "") -> [String] {
    if let object = value as? [String: Any] { return object.flatMap { words($0.value, $0.key) } }
    if let array = value as? [Any] { return array.flatMap { words($0) } }
    guard ["name", "linkpath", "value"].contains(key), let text = value as? String else {
      return []
    }
    return text.split(separator: "/").map(String.init).filter {
      $0.utf8.count >= 6 && !$0.hasPrefix("trusted.") && $0.contains(/[^\d\u{0}]/)
    }
  }

  /// What tells a request from others, but for what users wrote.
  private func shape(_ line: [String: Any]) -> String {
    let keys = [
      "id", "fop", "fd", "length", "offset", "valid", "mode", "run", "file_number", "sub",
    ]
    let loc = line["loc"] as? [String: Any]
    return (keys.map { "\(line[$0] ?? "-")" } + ["\(loc?["gfid"] ?? "-") \(loc?["parent"] ?? "-")"])
      .joined(separator: " ")
  }

  private func content(_ folder: String) throws -> Data {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().reduce(into: Data()) {
      $0 += (try? Data(contentsOf: URL(fileURLWithPath: folder + "/" + $1))) ?? Data()
    }
  }

  private func expectRedacted(_ journal: String, _ copy: String) throws {
    let made = try run(["redact", journal, copy])
    #expect(made.status == 0, "\(made.stderr)")
    #expect(try run(["verify", copy]).status == 0)
    let original = try requests(journal)
    #expect(try requests(copy).map(shape) == original.map(shape))
    let secrets = Set(original.flatMap { words($0) })
    #expect(original.count > 10)
    let bytes = try content(copy)
    for word in secrets { #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word)") }
    let folder = (journal as NSString).lastPathComponent
    if folder.utf8.count > 6 { #expect(bytes.range(of: Data(folder.utf8)) == nil) }
  }

  @Test(
    arguments: [
      "14-jbr3-quorum-loss", "15-jbr3-quorum100-rollback", "17-jbr3-leader-restart",
    ])
  func realJournalsOfBothFormatsKeepAllButWhatUsersWrote(name: String) throws {
    let sample = try JournalSample(name)
    let (jbr, fdl) = (sample.directory + "/jbr", sample.replicas[0])
    try expectRedacted(fdl, sample.directory + "/copy-fdl")
    try #require(try run(["convert", "--format", "jbr", fdl, jbr]).status == 0)
    try expectRedacted(jbr, sample.directory + "/copy-jbr")
  }

  @Test func aJournalOfVersionOneKeepsItsTermsAndStates() throws {
    let sample = try JournalSample("jbr-v1")
    let (journal, copy) = (sample.directory + "/jbr-v1", sample.directory + "/copy")
    #expect(try run(["redact", journal, copy]).status == 0)
    func terms(_ journal: String) throws -> [String] {
      try run(["dump", journal]).text.split(separator: "\n")
        .filter { $0.contains("\"journal_term\"") }
        .compactMap { $0.firstMatch(of: #/"requests":\d+.*"states":{[^}]*}/#)?.output }
        .map(String.init)
    }
    #expect(try terms(copy) == terms(journal))
    #expect(try terms(copy).count == 3)
  }

  @Test func aDamagedJournalIsNotCopiedAndNothingIsOverwritten() throws {
    let sample = try JournalSample("14-jbr3-quorum-loss")
    let (journal, copy) = (sample.replicas[0], sample.directory + "/copy")
    #expect(try run(["redact", journal, journal]).status == 73)
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: journal).sorted()
        .first { $0.contains("-meta-") })
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: journal + "/" + name))
    try file.seek(toOffset: 1)
    try file.write(contentsOf: [200])
    try file.close()
    #expect(try run(["redact", journal, copy]).status == 65)
    #expect(!FileManager.default.fileExists(atPath: copy))
  }
}
