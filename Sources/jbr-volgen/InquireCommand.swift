public import ArgumentParser
public import JBRCore

/// What the tool starts for itself, to ask the installed GlusterFS; nobody types it.
struct InquireCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inquire",
    abstract: "Asks the installed GlusterFS what another process of this tool wants to know.",
    shouldDisplay: false)

  @Argument var inquiry: GlusterInquiry
  @Argument var question: String
  @Argument var answer: String
  @Argument var log: String

  func run() throws {
    try inquiry.answer(question: question, answer: answer, log: log)
    // Threads of the library still run: they are not to see the process taken down around them.
    exitProcess(.ok)
  }
}

extension GlusterInquiry: ExpressibleByArgument {}
