public import ArgumentParser
public import JBRCore

/// A tool's end that is no error: what it printed says why.
public struct Finished: Error {
  public var status: ExitStatus
  public init(_ status: ExitStatus) { self.status = status }
}

/// Parses the process' arguments, runs the command, and ends the process with its status.
///
/// An error is one line on standard error that begins with the tool's name.
///
/// `arguments` are `processArguments()` for a tool that takes names of files that are not UTF-8;
/// what other tools write down of their arguments, and read again, is text.
public func runTool(
  _ command: any ParsableCommand.Type, arguments: [String]? = nil
) -> Never {
  holdStandardStreams()
  do {
    var parsed = try command.parseAsRoot(arguments)
    try parsed.run()
    command.exit()
  } catch let failure as Failure {
    report(failure, tool: command._commandName)
    end(failure.status)
  } catch let finished as Finished {
    end(finished.status)
  } catch  where command.exitCode(for: error) == .success {
    // --help, --version and completions are no errors.
    command.exit(withError: error)
  } catch {
    let text = command.message(for: error).split(separator: "\n").joined(separator: " ")
    note("\(text) (see --help)", tool: command._commandName)
    end(.usage)
  }
}

/// Writes an error or a warning as one line on standard error.
public func report(_ failure: Failure, tool: String) {
  note(failure.description, tool: tool)
}

/// Writes a line on standard error, behind the tool's name.
public func note(_ text: String, tool: String) {
  // Nothing more can be done where standard error itself fails.
  try? DescriptorSink.standardError.write(ByteView("\(tool): \(Failure.visible(text))\n".utf8))
}

private func end(_ status: ExitStatus) -> Never {
  exitProcess(status)
}

/// How every tool prints lines.
public struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "json: one object a line; table: columns for people.",
      discussion: "The default is a table on a terminal, and JSON lines elsewhere.",
      valueName: "json|table"))
  public var format: LineWriter.Format?

  public init() {}

  /// Whether lines come out as columns for people.
  public var isTable: Bool { (format ?? (standardOutputIsTerminal() ? .table : .json)) == .table }

  /// A writer onto standard output.
  public func makeWriter() -> LineWriter {
    LineWriter(DescriptorSink.standardOutput, format: isTable ? .table : .json)
  }
}

extension LineWriter.Format: ExpressibleByArgument {}
