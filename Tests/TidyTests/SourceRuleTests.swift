import Foundation
import Testing

/// What the house asks of every source file.
@Suite struct SourceRuleTests {
  private static let fileLineCountMax = 400
  private static let functionLineCountMax = 70

  @Test func unsafeCodeIsOnlyWhereItBelongs() throws {
    let word = /\bunsafe\b|\bUnsafe[A-Z]\w*|\bwithUnsafe\w*/.wordBoundaryKind(.simple)
    for file in try Repository.sources(["Sources"]) where file.code.contains(word) {
      #expect(
        ["Bytes", "OS"].contains(file.folder), "\(file.path) has unsafe code: move it to OS")
    }
  }

  @Test func noShippedSourceImportsAllOfFoundation() throws {
    let line = /(?m)^\s*(?:\w+ )*import Foundation\s*$/
    for file in try Repository.sources(["Sources"]) {
      #expect(!file.code.contains(line), "\(file.path): FoundationEssentials is enough")
    }
  }

  @Test func noFileIsTooLong() throws {
    for file in try Repository.sources() {
      let count = file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
      #expect(count <= Self.fileLineCountMax, "\(file.path) has \(count) lines")
    }
  }

  @Test func noFunctionIsTooLong() throws {
    for file in try Repository.sources() {
      for function in Self.functions(file) {
        let count = function.last - function.first + 1
        #expect(
          count <= Self.functionLineCountMax,
          "\(file.path):\(function.first): \(function.name) has \(count) lines")
      }
    }
  }

  @Test func theCounterFindsFunctions() throws {
    let text =
      "struct A {\n  func b(\n    c: Int\n  ) {\n    d(\"}\") { e }\n  }\n  var f: Int { 1 }\n}\n"
    let found = Self.functions(SourceFile(path: "x.swift", text: text))
    #expect(found.map(\.name) == ["func b"])
    #expect(found.map(\.first) == [2])
    #expect(found.map(\.last) == [6])
  }

  /// Each function with its first and last line, found by counting braces.
  private static func functions(_ file: SourceFile) -> [(name: String, first: Int, last: Int)] {
    let declaration = /^\s*(?:[@\w()]+ )*(func [^\s(<]+|init\b|subscript\b|deinit\b)/
    var found: [(name: String, first: Int, last: Int)] = []
    let lines = file.codeLines
    for (index, line) in lines.enumerated() {
      guard let match = line.prefixMatch(of: declaration) else { continue }
      let indentation = line.prefix { $0 == " " }.count
      var depth = 0
      var isOpen = false
      body: for end in index..<lines.count {
        // A requirement of a protocol has no body, so that the next line begins another thing.
        let isNext = lines[end].prefix { $0 == " " }.count <= indentation && !lines[end].isEmpty
        if end > index, !isOpen, isNext, !lines[end].contains(/^\s*[)\]>]/) { break }
        for character in lines[end] {
          if character == "{" { (depth, isOpen) = (depth + 1, true) }
          guard character == "}" else { continue }
          depth -= 1
          if isOpen, depth <= 0 {
            found.append((String(match.output.1), index + 1, end + 1))
            break body
          }
        }
      }
    }
    return found
  }

  /// What judges replay shares no code with it.
  @Test func theModelImportsNothingOfTheLibrary() throws {
    let line = /(?m)^\s*(?:@?\w+ )*import (\w+)/
    let imports = try Repository.sources(["Tests/PlainModel"]).flatMap { file in
      file.code.matches(of: line).map { String($0.output.1) }
    }
    #expect(Set(imports) == ["CLinux", "Glibc"])
    let includes = try [".c", ".h"].flatMap {
      try Repository.files(["Tests/DirectGluster"], ending: $0)
    }.flatMap { try Repository.text($0).matches(of: /(?m)^#include "(.*)"/).map(\.output.1) }
    #expect(Set(includes) == ["DirectGluster.h", "calls.h"])
  }

  @Test func nothingIsLeftForLater() throws {
    // Put together here, so that this file does not hold what it looks for.
    let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "not yet " + "implemented"]
    for (path, text) in try Repository.keptText() {
      for marker in markers { #expect(!text.contains(marker), "\(path) has \(marker)") }
    }
  }

  @Test func noPathOfOneMachineIsNamed() throws {
    let places = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", Repository.root.path + "/"]
    for (path, text) in try Repository.keptText() {
      for place in places { #expect(!text.contains(place), "\(path) names \(place)") }
    }
  }
}
