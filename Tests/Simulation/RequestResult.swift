package import JBRCore

/// What a client is told of a request that happened.
package struct RequestResult: Equatable, CustomStringConvertible {
  /// nil for success.
  package var errno: Int32?
  /// What the request came to: an xattr's sum, the object that a create opened, an append's end.
  package var value: [UInt8] = []

  /// Does a request to a tree, and tells what came of it.
  package init(of request: Request, _ payload: Payload?, on tree: ModelBrick) {
    do {
      try FopSemantics.apply(request, payload: payload, to: tree)
      value = try Self.value(of: request, on: tree)
    } catch {
      errno = error.errno
    }
  }

  private static func value(
    of request: Request, on tree: ModelBrick
  ) throws(BrickError) -> [UInt8] {
    switch request.fop {
    case .create, .mkdir, .mknod, .symlink:
      guard let loc = request.loc(.loc), let name = loc.name else { return [] }
      return try tree.lookup(EntryName(parent: loc.parent, name: name))?.gfid?.bytes ?? []
    case .xattrop, .fxattrop:
      var values: [UInt8] = []
      for entry in request.entries(.dict) {
        values += try tree.xattr(request.target, entry.key) ?? []
      }
      return values
    case .writev, .fallocate, .zerofill:
      return Array("\(try tree.status(request.target)?.size ?? 0)".utf8)
    default: return []
    }
  }

  package var description: String { errno.map { "errno \($0)" } ?? "ok \(value)" }
}
