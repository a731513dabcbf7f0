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
  /// Whether all of the state before is known, so that nothing is taken from what requests show.
  private let isBaseWhole: Bool

  /// `base`: what was there before; nil for nothing but what requests show.
  public init(_ requests: some Sequence<FoldRequest>, base: (any ReadableBrick)? = nil) {
    self.init(base: base)
    for request in requests { apply(request) }
  }

  /// The state before any request.
  ///
  /// `isBaseWhole`: whether the base is the state before all requests, and not a brick on which some
  /// were done already.
  public init(base: (any ReadableBrick)? = nil, isBaseWhole: Bool = false) {
    model = ModelBrick(base: base, isBaseWhole: isBaseWhole)
    self.isBaseWhole = isBaseWhole
  }

  /// Takes back that a request was refused.
  mutating func forgetRefusal(of id: RequestID) { refusals[id] = nil }

  /// Applies the next request.
  public mutating func apply(_ request: FoldRequest) {
    model.writer = request.id
    if !isBaseWhole { model.assumeWhatIsNamed(by: request.request) }
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
  /// The objects and names that the request can read or write, each once.
  public var touched: (objects: [GFID], names: [EntryName]) {
    var objects: [GFID] = []
    var names: [EntryName] = []
    for value in values {
      switch value {
      case .loc(let loc):
        if loc.gfid != .null { objects.append(new: loc.gfid) }
        if let name = loc.name { names.append(new: EntryName(parent: loc.parent, name: name)) }
      case .gfid(let gfid): if gfid != .null { objects.append(new: gfid) }
      default: continue
      }
    }
    if let made = requestedGFID { objects.append(new: made) }
    return (objects, names)
  }
}

extension Array where Element: Equatable {
  /// Appends what is not there yet; for the few things that one request has.
  fileprivate mutating func append(new element: Element) {
    if !contains(element) { append(element) }
  }
}
