import Foundation

/// The repository that these tests were built from.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The files below some folders whose names end so, as paths from the root.
  static func files(_ folders: [String], ending: String) throws -> [String] {
    var found: [String] = []
    for folder in folders {
      let base = root.appendingPathComponent(folder).path
      for name in try FileManager.default.subpathsOfDirectory(atPath: base)
      where name.hasSuffix(ending) {
        found.append(folder + "/" + name)
      }
    }
    return found.sorted()
  }

  /// The Swift files of the package.
  static func sources(_ folders: [String] = ["Sources", "Tests"]) throws -> [SourceFile] {
    try files(folders, ending: ".swift").map { try SourceFile(path: $0, text: text($0)) }
  }

  /// All text that is kept in git: what it lists, less archives.
  static func keptText() throws -> [(path: String, text: String)] {
    let listing = try run([
      "git", "-C", root.path, "ls-files", "-z", "-c", "-o", "--exclude-standard",
    ])
    var found: [(path: String, text: String)] = []
    for path in listing.text.split(separator: "\0").map(String.init) {
      guard let text = try? text(path) else { continue }
      found.append((path, text))
    }
    return found
  }

  /// Runs a command of the system.
  static func run(_ command: [String]) throws -> (status: Int32, text: String) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}

/// A Swift file, and its code without comments and without what is in strings.
struct SourceFile {
  var path: String
  var text: String
  /// Line for line the same as `text`.
  var code: String

  init(path: String, text: String) {
    self.path = path
    self.text = text
    var scrubber = Scrubber(text)
    code = scrubber.run()
  }

  var codeLines: [Substring] { code.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The folder of JBRCore that the file is in; nil for a file elsewhere.
  var folder: String? {
    let parts = path.split(separator: "/")
    return parts.count == 4 && parts[1] == "JBRCore" ? String(parts[2]) : nil
  }
}

/// Takes comments and the contents of strings out of Swift code. Code inside of interpolations
/// stays.
private struct Scrubber {
  private let text: [UInt8]
  private var at = 0
  private var kept: [UInt8] = []

  init(_ text: String) { self.text = Array(text.utf8) }

  mutating func run() -> String {
    code(until: nil)
    return String(decoding: kept, as: UTF8.self)
  }

  private func next(_ string: String) -> Bool { text[at...].starts(with: string.utf8) }

  private mutating func keep() {
    kept.append(text[at])
    at += 1
  }

  /// Keeps code up to a closing parenthesis of the same depth, or to the end.
  private mutating func code(until close: UInt8?) {
    var depth = 0
    while at < text.count {
      if next("//") {
        while at < text.count, text[at] != UInt8(ascii: "\n") { at += 1 }
      } else if next("#\"") {
        string(delimiter: "\"#", escapes: false, skipping: 2)
      } else if next("\"\"\"") {
        string(delimiter: "\"\"\"", escapes: true, skipping: 3)
      } else if next("\"") {
        string(delimiter: "\"", escapes: true, skipping: 1)
      } else {
        if text[at] == UInt8(ascii: "(") { depth += 1 }
        if text[at] == UInt8(ascii: ")") {
          if close != nil, depth == 0 { return }
          depth -= 1
        }
        keep()
      }
    }
  }

  private mutating func string(delimiter: String, escapes: Bool, skipping count: Int) {
    at += count
    kept.append(UInt8(ascii: "\""))
    while at < text.count, !next(delimiter) {
      if escapes, next("\\(") {
        at += 2
        code(until: UInt8(ascii: ")"))
        at += 1
      } else if escapes, text[at] == UInt8(ascii: "\\") {
        at += 2
      } else {
        if text[at] == UInt8(ascii: "\n") { kept.append(text[at]) }
        at += 1
      }
    }
    at += delimiter.utf8.count
    kept.append(UInt8(ascii: "\""))
  }
}
