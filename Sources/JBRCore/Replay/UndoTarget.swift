/// Whose undo file it is.
public struct UndoHeader: Equatable, Sendable {
  static let version = 1
  /// The directory's path, or the address.
  var brick: String
  var identity: BrickIdentity
  /// The plan whose steps it undoes; nil for a replay's.
  var planID: String?

  /// Whether the brick is reached through GlusterFS alone.
  public var isServed: Bool { if case .served = identity { true } else { false } }
}

/// A brick whose replays can be undone.
public struct UndoTarget {
  let brick: any UndoableBrick
  /// As the user named it, for messages.
  let path: String
  /// What its undo files begin with.
  private(set) var header: UndoHeader

  /// A brick on disk.
  public init(_ brick: NativeBrick) throws(Failure) {
    try self.init(brick, at: "", of: brick, path: brick.path)
  }

  /// The same brick, for the steps of a plan.
  func applying(plan id: String) -> UndoTarget {
    var target = self
    target.header.planID = id
    return target
  }

  /// A brick at an address, which is reached through something else than its directory. If it
  /// has one on this machine it is known by that, so that its replays can be undone on that too.
  /// `path` is for messages.
  public init(
    _ brick: any UndoableBrick, at address: String, of directory: NativeBrick?, path: String
  ) throws(Failure) {
    self.brick = brick
    self.path = path
    do throws(BrickError) {
      // Whoever undoes it may stand elsewhere.
      let place = directory.map { pathBehindLinks($0.path) ?? $0.path } ?? address
      let known: any UndoableBrick = directory ?? brick
      header = UndoHeader(brick: place, identity: try known.identity())
    } catch {
      throw Failure(error, path: path)
    }
  }
}
