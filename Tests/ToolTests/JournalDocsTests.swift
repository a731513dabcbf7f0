import Foundation
import JBRCore
import Testing

@Suite struct JournalDocsTests {
  /// `docs/fops.md` says what the table says.
  @Test func theTableOfFopsIsDocumented() throws {
    var text = """
      # The journaled fops

      This page is made from the table in `Sources/JBRCore/Format/FopTable.swift`; a test keeps it
      true, and `RECORD=1 swift test` renews it.

      A record is 8 bytes of header (`event_type` u8 = 'N', `fop_type` u8, `request_id` u16 = 0,
      `ext_length` u32, stored last) and the fields below, little-endian and unaligned, which take
      `ext_length` bytes.

      | kind | bytes |
      | --- | --- |
      | u32, i32, u64, i64 | 4 or 8 |
      | gfid | 16 |
      | loc | GFID, parent's GFID, a flag of 1 byte, and, if it is 1, a name and NUL |
      | payload | u64: how many bytes of the data file belong to the record |
      | string before loc, string before xdata | a flag of 1 byte, and, if it is 1, the string without NUL or length: its end follows from what stands behind it |
      | dict | i32 key length with NUL, key, NUL, i32 value length, value, and so on; i32 0 |
      | iatt | mode (4), uid, gid (u32 each), atime and mtime (seconds and nanoseconds, u32 each; in the layout of 36 bytes 4 zero bytes behind the seconds) |

      | number | fop | fields |
      | --- | --- | --- |

      """
    for fop in Fop.allCases {
      let fields = fop.layout.map { "`\($0.name.rawValue)` \($0.kind.rawValue)" }
      text += "| \(fop.rawValue) | \(fop.name) | \(fields.joined(separator: ", ")) |\n"
    }
    try expectFile(text, repository + "/docs/fops.md")
  }

  @Test func eachOptionIsInTheManPage() throws {
    let page = try String(contentsOfFile: repository + "/man/jbr-journal.1", encoding: .utf8)
    let commands = [
      "dump", "follow", "import", "stat", "verify", "create", "append", "set-state", "close",
      "convert", "prune", "compress", "index", "read", "blame", "at", "paths", "redact",
    ]
    for command in commands {
      let help = try runTool("jbr-journal", [command, "--help"]).text
      for line in help.split(separator: "\n") where line.hasPrefix("  -") {
        for word in line.split(whereSeparator: { " ,".contains($0) }) where word.hasPrefix("--") {
          #expect(page.contains("Fl -\(word.dropFirst(2))"), "\(command) \(word)")
        }
      }
    }
  }

  @Test func eachLineTypeHasASchemaThatIsDocumented() throws {
    let page = try String(contentsOfFile: repository + "/docs/json.md", encoding: .utf8)
    let types = [
      "request", "journal_file", "journal_tail", "finding", "verify", "stat", "stat_file",
      "stat_journal", "fop", "event", "journal_term", "supply", "indexed", "blame", "object",
      "path",
    ]
    for type in types {
      #expect(page.contains("`\(type)`"))
      let path = repository + "/docs/schema/\(type).schema.json"
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      let schema = try #require(
        try JSONSerialization.jsonObject(with: data) as? [String: Any])
      let properties = try #require(schema["properties"] as? [String: Any])
      for key in properties.keys where !Set(FieldName.allCases.map(\.rawValue)).contains(key) {
        #expect(page.contains("`\(key)`"), "\(type).\(key)")
      }
    }
  }
}
