/// What becomes of a request that is not forward, for the loss report.
struct PlanLoss {
  let decided: DecidedRequest
  /// nil where nobody has a copy that could be read.
  let request: Request?
  let path: [UInt8]?
  /// Of a rename or link: the path of the name that the object had before.
  let oldPath: [UInt8]?

  /// The case that made it so; of a request that gave way to another one of its name, that one's.
  let reason: FateCase

  /// Every case that ends in void proves that no quorum had the request; in a conflict nobody
  /// knows, and a person's choice proves nothing.
  var isNeverAcknowledged: Bool { reason.fate == .void }

  func write(to line: inout LineBuilder) {
    line.field("id", decided.row.id.description)
    line.field("fop", decided.row.fop.name)
    line.field("case", reason.rawValue)
    line.field("acknowledged", isNeverAcknowledged ? "never" : "unknown")
    if !isNeverAcknowledged { line.field("message", reason.explanation) }
    guard let request else { return }
    if request.target != .null { line.field("gfid", request.target) }
    if let oldPath { line.field("from_path", bytes: oldPath[...]) }
    if let path { line.field("path", bytes: path[...]) }
    // Where an append came to lie is not journaled.
    if !FopSemantics.isAppend(request), let offset = request.integer(.offset) {
      line.field("offset", offset)
    }
    if let length = request.integer(.length) { line.field("length", length) }
  }
}

extension Decision {
  /// All requests that do not happen, or of which no rule says whether they do, with paths in the
  /// wanted tree.
  func losses(_ wanted: WantedState) -> [PlanLoss] {
    let lost = requests(.void) + conflictSides + superseded
    guard !lost.isEmpty else { return [] }
    let paths = LossPaths(wanted)
    return lost.map { decided in
      let request = inputs.table.record(of: decided.row)?.record.request
      let old = request?.loc(.oldloc).flatMap { paths.path(of: $0) }
      let path: [UInt8]? =
        request.flatMap { request in
          (request.loc(.loc) ?? request.loc(.newloc)).flatMap { paths.path(of: $0) }
            ?? paths.path(of: request.target)
        }
      return PlanLoss(
        decided: decided, request: request, path: path, oldPath: old,
        reason: reasons[decided.row.id] ?? decided.reason)
    }
  }
}

/// Paths in the wanted tree; of what is not in it, by the names that requests gave or showed.
private struct LossPaths {
  private let wanted: WantedState
  private var names: [GFID: EntryName] = [:]

  init(_ wanted: WantedState) {
    self.wanted = wanted
    let table = wanted.decision.inputs.table
    for row in table.rows {
      guard let request = table.record(of: row)?.record.request else { continue }
      for field in [FieldName.loc, .oldloc, .newloc] {
        guard let name = request.loc(field).flatMap(Self.name) else { continue }
        let gfid = field == .loc ? request.requestedGFID ?? request.target : request.target
        // The first name that is known: what comes later may be void itself.
        if gfid != .null, names[gfid] == nil { names[gfid] = name }
      }
    }
  }

  private static func name(_ loc: Loc) -> EntryName? {
    loc.name.map { EntryName(parent: loc.parent, name: $0) }
  }

  func path(of loc: Loc) -> [UInt8]? {
    guard let name = Self.name(loc) else { return path(of: loc.gfid) }
    return path(of: name.parent).map { $0.isEmpty ? [UInt8](name.name) : $0 + [0x2f] + name.name }
  }

  func path(of gfid: GFID) -> [UInt8]? {
    var parts: [ByteView] = []
    var current = gfid
    while parts.count < Layout.depthMax {
      if let known = wanted.path(of: current) {
        return Array(
          ([known[...]] + parts.reversed()).filter { !$0.isEmpty }.joined(separator: [0x2f]))
      }
      guard let name = names[current] else { return nil }
      parts.append(name.name)
      current = name.parent
    }
    return nil
  }
}
