import Foundation
import JBRCore
import Testing

/// What the documents promise, held against the sources.
@Suite struct ContractTests {
  @Test func everyLineTypeHasASchemaAndAPage() throws {
    let written = #/(?:(?:\.|try )write\(|static let type = )"([a-z_]+)"/#
    let pages = try Repository.files(["docs"], ending: ".md").map { try Repository.text($0) }
    var types: Set<String> = []
    for path in try Repository.files(["Sources"], ending: ".swift") {
      for match in try Repository.text(path).matches(of: written) {
        types.insert(String(match.output.1))
      }
    }
    #expect(types.isSuperset(of: ["term", "plan", "step", "request", "volfile_check"]))
    for type in types.sorted() {
      let schema = "docs/schema/\(type).schema.json"
      let text = try? Repository.text(schema)
      #expect(text?.contains("\"const\": \"\(type)\"") == true, "\(schema) does not describe it")
      #expect(pages.contains { $0.contains("`\(type)`") }, "no page of docs/ has `\(type)`")
    }
  }

  @Test func everySchemaIsOfALineTypeOrADescription() throws {
    let sources = try Repository.sources(["Sources"]).map(\.text).joined()
    for path in try Repository.files(["docs/schema"], ending: ".schema.json") {
      let type = path.split(separator: "/")[2].dropLast(".schema.json".count)
      guard type != "volgen-description" else { continue }
      #expect(sources.contains("\"\(type)\""), "\(path) describes what nothing writes")
    }
  }

  @Test(arguments: ["docs/json-terms-reconcile.md"])
  func thePageHasEveryKeyOfItsSchemas(page: String) throws {
    let text = try Repository.text(page)
    for section in text.split(separator: "\n### ").dropFirst() {
      let name = section.dropFirst().prefix { $0 != "`" }
      let schema = try JSONSerialization.jsonObject(
        with: Data(try Repository.text("docs/schema/\(name).schema.json").utf8))
      let properties = (schema as? [String: Any])?["properties"] as? [String: Any]
      let keys = try #require(properties).keys
      for key in keys where key != "type" {
        #expect(section.contains("`\(key)`"), "\(page): `\(name)` lacks \(key)")
      }
    }
  }

  @Test func everyFopIsDocumentedAndTested() throws {
    let rows = try Repository.text("docs/fops.md").split(separator: "\n")
    let tests = try Repository.files(["Tests/JBRCoreTests"], ending: ".swift")
      .map { try Repository.text($0) }.joined()
    for fop in Fop.allCases {
      #expect(rows.contains { $0.hasPrefix("| \(fop.rawValue) | \(fop.name) |") }, "\(fop.name)")
      #expect(
        tests.contains(try Regex("\\.\(fop.name)\\b|\"\(fop.name)\"")), "no test names \(fop.name)")
    }
  }

  @Test func everyCaseOfTheDecisionTableIsDocumented() throws {
    // Line ends are the page's own affair.
    let page = try Repository.text("docs/reconciliation.md").split { $0.isWhitespace }
      .joined(separator: " ")
    for one in FateCase.allCases {
      let row = "| `\(one.rawValue)` | \(one.fate.rawValue) | \(one.explanation) |"
      #expect(page.contains(row), "docs/reconciliation.md lacks: \(row)")
    }
  }

  @Test func everyManPageIsWellFormed() throws {
    let pages = try Repository.files(["man"], ending: ".1")
    #expect(pages.count == 5)
    for page in pages {
      let path = Repository.root.appendingPathComponent(page).path
      let run = try Repository.run(["mandoc", "-Tlint", "-W", "warning", path])
      #expect(run.status == 0 && run.text.isEmpty, "\(page): \(run.text)")
      let text = try Repository.text(page)
      for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"] {
        #expect(text.contains("\n.Sh \(section)\n"), "\(page) has no \(section)")
      }
    }
  }

  @Test func everyLinkOfTheDocumentsLeadsSomewhere() throws {
    let pages =
      ["README.md", "CHANGELOG.md"] + (try Repository.files(["docs", "Samples"], ending: ".md"))
    for page in pages {
      let folder = Repository.root.appendingPathComponent(page).deletingLastPathComponent()
      for match in try Repository.text(page).matches(of: #/\]\(([^)#:]+)(?:#[^)]*)?\)/#) {
        let target = folder.appendingPathComponent(String(match.output.1)).path
        #expect(FileManager.default.fileExists(atPath: target), "\(page): \(match.output.1)")
      }
    }
  }
}
