import Foundation
import Testing

/// What the tools say of themselves, and the documents that repeat it.
@Suite struct HelpTests {
  static let tools = ["jbr-journal", "jbr-terms", "jbr-replay", "jbr-reconcile", "jbr-volgen"]

  @Test(arguments: tools)
  func theManPageHasEveryCommandAndOption(tool: String) throws {
    let page = try String(contentsOfFile: repository + "/man/\(tool).1", encoding: .utf8)
    let dump = try runTool(tool, ["--experimental-dump-help"])
    #expect(dump.status == 0)
    let value = try JSONSerialization.jsonObject(with: Data(dump.stdout)) as? [String: Any]
    let command = try #require(value?["command"] as? [String: Any])
    let (commands, options) = Self.names(command)
    #expect(options.isSuperset(of: ["help", "version"]))
    for command in commands.subtracting(["help"]) {
      #expect(page.contains("\n.It Cm \(command)"), "\(tool).1 lacks the command \(command)")
    }
    for option in options {
      let pattern = try Regex("Fl -\(option)(?![a-z-])")
      #expect(page.contains(pattern), "\(tool).1 lacks --\(option)")
    }
  }

  /// The names of a command's subcommands and of all options, its own and theirs.
  private static func names(
    _ command: [String: Any]
  ) -> (commands: Set<String>, options: Set<String>) {
    var commands: Set<String> = []
    var options: Set<String> = []
    for argument in command["arguments"] as? [[String: Any]] ?? [] {
      for name in argument["names"] as? [[String: Any]] ?? []
      where name["kind"] as? String == "long" {
        if let text = name["name"] as? String { options.insert(text) }
      }
    }
    for child in command["subcommands"] as? [[String: Any]] ?? [] {
      if let name = child["commandName"] as? String { commands.insert(name) }
      let below = names(child)
      commands.formUnion(below.commands)
      options.formUnion(below.options)
    }
    return (commands, options)
  }

  @Test(arguments: tools)
  func theVersionIsOneLine(tool: String) throws {
    let run = try runTool(tool, ["--version"])
    #expect(run.status == 0)
    #expect(run.text.hasPrefix("jbr "))
    #expect(run.text.split(separator: "\n").count == 1)
  }

  @Test(arguments: tools)
  func theCompletionsAreCurrent(tool: String) throws {
    for (shell, file) in [
      ("bash", "bash/\(tool)"), ("zsh", "zsh/_\(tool)"), ("fish", "fish/\(tool).fish"),
    ] {
      let run = try runTool(tool, ["--generate-completion-script", shell])
      #expect(run.status == 0)
      try expectFile(run.text, repository + "/completions/" + file)
    }
  }

  @Test(arguments: tools)
  func aMistakeOnTheCommandLineIsAUsageError(tool: String) throws {
    let run = try runTool(tool, ["--no-such-option"])
    #expect(run.status == 64)
    #expect(run.stdout == [])
    #expect(run.stderr.isEmpty == false)
  }
}
