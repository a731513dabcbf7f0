import ArgumentParser
import JBRCore
import JBRTool

/// What the tools start on other hosts; nobody types it.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Does on this host what a tool on another one asks for, over standard input.",
    shouldDisplay: false)

  func run() throws { try RemoteServer().run() }
}
