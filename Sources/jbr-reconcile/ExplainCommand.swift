import ArgumentParser
import JBRCore
import JBRTool

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Prints a case of the decision table; without a label, all of them.")

  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("A case as plan lines cite it.", valueName: "label"))
  var label: String?

  func run() throws {
    let cases = FateCase.allCases.filter { label == nil || $0.rawValue == label }
    guard !cases.isEmpty else {
      throw Failure(.usage, "no case has this label: explain without one lists them", path: label)
    }
    var writer = output.makeWriter()
    for one in cases {
      try writer.write("case") { line in
        line.field("case", one.rawValue)
        line.field("fate", one.fate.rawValue)
        line.field("explanation", one.explanation)
      }
    }
    try writer.flush()
  }
}
