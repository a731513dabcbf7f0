/// A request with what is needed to apply it.
public struct FoldRequest: Sendable {
  public var id: RequestID
  public var request: Request
  public var payload: Payload?
  /// Of a sum that may have been applied before: what a jbr journal says it comes to, by key.
  public var results: [DictEntry] = []

  public init(id: RequestID, request: Request, payload: Payload?) {
    self.id = id
    self.request = request
    self.payload = payload
  }
}

/// The outcome of applying requests once each, in order, to the state before them.
public struct Fold {
  /// The wanted state, with the last writer of every entity.
  public let model: ModelBrick
  /// The requests that the file system's own rules refuse, as they were on the bricks.
  public private(set) var refusals: [RequestID: BrickError] = [:]

  /// `base`: what was there before; nil for nothing but what requests show.
  public init(_ requests: some Sequence<FoldRequest>, base: (any BrickStore)? = nil) {
    self.init(base: base)
    for request in requests { apply(request) }
  }

  /// The state before any request.
  public init(base: (any BrickStore)? = nil) { model = ModelBrick(base: base) }

  /// Applies the next request.
  public mutating func apply(_ request: FoldRequest) {
    model.writer = request.id
    model.assumeWhatIsNamed(by: request.request)
    do {
      try FopSemantics.apply(request.request, payload: request.payload, to: model)
    } catch {
      refusals[request.id] = error
    }
  }
}

extension ModelBrick {
  /// Takes what a request shows of the state before the journal.
  func assumeWhatIsNamed(by request: Request) {
    for field in [FieldName.loc, .oldloc, .newloc] {
      guard var loc = request.loc(field) else { continue }
      // LINK's new place names the object that the old one gave.
      if request.fop == .link, field == .newloc { loc.gfid = .null }
      assume(loc, type: request.fop == .rmdir ? .directory : .unknown)
    }
    if case .gfid(let gfid) = request[.fd], gfid != .null {
      assume(Loc(gfid: gfid), type: .file)
    }
  }
}

extension Request {
  /// The objects and names that the request can read or write.
  public var touched: (objects: Set<GFID>, names: Set<EntryName>) {
    var objects: Set<GFID> = []
    var names: Set<EntryName> = []
    for field in [FieldName.loc, .oldloc, .newloc] {
      guard let loc = loc(field) else { continue }
      if loc.gfid != .null { objects.insert(loc.gfid) }
      if let name = loc.name { names.insert(EntryName(parent: loc.parent, name: name)) }
    }
    if case .gfid(let gfid) = self[.fd], gfid != .null { objects.insert(gfid) }
    if let made = requestedGFID { objects.insert(made) }
    return (objects, names)
  }
}
