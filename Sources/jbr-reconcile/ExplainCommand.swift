import ArgumentParser
import JBRCore
import JBRTool

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Prints what a label in a plan means; without a label, all of them.",
    discussion: """
      Labels are the cases of the decision table, and the words that steps, skips and findings \
      cite beside them.
      """)

  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("A label as plan lines cite it.", valueName: "label"))
  var label: String?

  func run() throws {
    let cases = FateCase.allCases.filter { label == nil || $0.rawValue == label }
    let words = PlanWord.allCases.filter { label == nil || $0.rawValue == label }
    guard !cases.isEmpty || !words.isEmpty else {
      throw Failure(.usage, "no line has this label: explain without one lists them", path: label)
    }
    var writer = output.makeWriter()
    for one in cases {
      try writer.write("case") { line in
        line.field("case", one.rawValue)
        line.field("fate", one.fate.rawValue)
        line.field("explanation", one.explanation)
      }
    }
    for word in words {
      try writer.write("plan_word") { line in
        line.field("word", word.rawValue)
        line.field("cited_by", word.lineType)
        line.field("explanation", word.explanation)
      }
    }
    try writer.flush()
  }
}
