import Glibc

/// Why the system did not do what it was asked to.
public struct SystemError: Error, Equatable, Sendable {
  /// As in errno(3).
  public var errno: Int32
  /// What was being done, for the result line: the call's name, as in its manual page.
  public var call: String
  /// What could not be read, where the trouble lay in the source and not in the target.
  public var source: Failure?

  public init(_ errno: Int32, _ call: String, source: Failure? = nil) {
    self.errno = errno
    self.call = call
    self.source = source
  }

  /// Takes what `errno` says of the call that just failed.
  static func last(_ call: String) -> SystemError { SystemError(Glibc.errno, call) }
}

extension Failure {
  /// What a brick answered, outside of any request; trouble in a source tells for itself.
  init(_ error: SystemError, path: String) {
    if let source = error.source {
      self = source
    } else {
      self.init(
        .ioError, "cannot \(error.call): \(errorText(error.errno))", path: path,
        errno: error.errno)
    }
  }
}
