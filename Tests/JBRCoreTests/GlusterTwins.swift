import Foundation
import GlusterTesting
import Testing

@testable import JBRCore

/// A brick on disk, and one like it behind a real GlusterFS: what is asked of both must have the
/// same answer.
final class GlusterTwins {
  let served: ServedBrick
  let gluster: GlusterBrick
  let native: NativeBrick
  private let directory: TemporaryDirectory

  init(_ shape: ServedBrick.Shape = ServedBrick.Shape()) throws {
    try #require(isRoot)
    directory = try TemporaryDirectory()
    native = try NativeBrick(path: directory.path + "/native", creating: true)
    served = try ServedBrick(shape, in: directory.path)
    gluster = try connect(served)
  }

  /// The answer of both to one call, which is to be the same; nil if it went well.
  @discardableResult
  func answer<Value: Equatable>(
    _ location: SourceLocation = #_sourceLocation,
    _ body: (any BrickStore) throws -> Value
  ) -> String? {
    let (left, expected) = Self.attempt(native, body)
    let (right, found) = Self.attempt(gluster, body)
    #expect(found == expected, "through GlusterFS, and on disk", sourceLocation: location)
    #expect(left == right, sourceLocation: location)
    return found
  }

  private static func attempt<Value>(
    _ brick: any BrickStore, _ body: (any BrickStore) throws -> Value
  ) -> (Value?, String?) {
    do {
      return (try body(brick), nil)
    } catch let error as BrickError {
      return (nil, "\(errorName(error.errno)) \(error.call)")
    } catch {
      return (nil, "\(error)")
    }
  }

  /// The same of a call that has no value.
  @discardableResult
  func refusal(
    _ location: SourceLocation = #_sourceLocation, _ body: (any BrickStore) throws -> Void
  ) -> String? {
    answer(location) { brick in
      try body(brick)
      return true
    }
  }

  /// Does something to both that must go well.
  func both(
    _ location: SourceLocation = #_sourceLocation, _ body: (any BrickStore) throws -> Void
  ) {
    #expect(refusal(location, body) == nil, sourceLocation: location)
  }

  /// What compare-bricks finds between the two on their disks.
  func differences() throws -> String {
    try JBRCoreTests.differences(
      [directory.path + "/native", served.brick], ["--all-xattrs"])
  }
}

/// A connection to a brick that is served.
func connect(_ served: ServedBrick, seconds: Int = 10) throws -> GlusterBrick {
  let graph = try GlusterGraph(path: served.clientVolfile)
  let client = try GlusterClient.connect(
    ByteView(graph.text.utf8), path: graph.path, address: graph.address,
    milliseconds: seconds * 1000)
  return GlusterBrick(client, native: nil)
}

/// The failure that something ends with.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}
