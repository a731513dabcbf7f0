import JBRCore
import Synchronization

/// Says on standard error what state things are in when a signal ends a tool that changes them.
public final class InterruptionNotice: Sendable {
  public enum Stage: String, Sendable {
    case untouched = "this run has touched nothing"
    /// What an earlier run began.
    case resuming =
      "this run has touched nothing; run the same command again to finish what was begun"
    case begun = "what was begun is not finished: run the same command again to finish it"
    case done = "all was done"
  }

  private let stage = Mutex(Stage.untouched)

  /// From here on the signals that end the process have this said first.
  public init(tool: String) {
    Interruption.onSignal { [self] in
      let stage = stage.withLock { $0 }
      // A bar may stand in the line.
      if standardErrorIsTerminal() {
        try? DescriptorSink.standardError.write(ByteView("\r\u{1b}[K".utf8))
      }
      note("interrupted: \(stage.rawValue)", tool: tool)
    }
  }

  public func reach(_ new: Stage) { stage.withLock { $0 = new } }
}
