/// The state before the journals at hand, as far as bricks tell it.
///
/// Each group of parts that depend on one another comes from one brick: from one that has certainly
/// applied none of the group's requests or else from one that has applied exactly a beginning of
/// the forward ones. The fold goes on where that brick stands.
final class Base {
  /// Where the state of a group comes from.
  struct Source: Equatable {
    var column: Int
    /// The position of the first request that is to be folded over it.
    var start: Int
    /// The position behind the last one that the brick has applied; 0 for none.
    var end: Int
  }
  /// Why a group's state is not known.
  enum Doubt: Equatable {
    /// Every brick has applied something else than a beginning of the forward requests.
    case noSource
    /// Two bricks that executed the same hold different things.
    case differ(Part, Int, Int)
    /// No journal says whether a fallocate kept the size.
    case size(GFID)
    /// It depends on something that is not known.
    case follows
  }
  let decision: Decision
  /// One for each replica; nil where none is given.
  let bricks: [(any BrickStore)?]
  let footprint: Footprint
  /// By group; nil where none is found or needed.
  private(set) var sources: [Source?] = []
  /// By group, all that it may come from.
  private(set) var alternatives: [[Source]] = []
  /// By group, the sum from which on its state is known, where no brick tells it.
  private(set) var recorded: [Int: RecordedSum] = [:]
  private(set) var doubts: [Int: Doubt] = [:]
  /// The first error of a disk.
  fileprivate(set) var trouble: BrickError?
  private let application: (RequestRow, Int) -> RequestCell.Application
  private var vouching: [Term: Set<Int>] = [:]

  init(
    _ decision: Decision, bricks: [(any BrickStore)?],
    application: @escaping (RequestRow, Int) -> RequestCell.Application
  ) throws(BrickError) {
    self.decision = decision
    self.bricks = bricks
    self.application = application
    let items = decision.requests.map { Footprint.Item($0, decision.inputs.table) }
    footprint = try Footprint(items, bricks: bricks.compactMap { $0 })
    let (table, leader) = (decision.inputs.table, decision.inputs.leader)
    for term in table.allTerms {
      let columns = bricks.indices.filter { table.vouches($0, for: term, isLeader: $0 == leader) }
      vouching[term] = Set(columns)
    }
    for group in footprint.groups.indices {
      let found = needsSource(group) ? try candidates(group) : []
      alternatives.append(found)
      sources.append(choose(found, group))
    }
    for group in footprint.groups.indices where sources[group] == nil && needsSource(group) {
      if let sum = try recordedSum(group) {
        recorded[group] = sum
        sources[group] = Source(column: sum.column, start: sum.position, end: sum.position)
      } else {
        doubts[group] = .noSource
      }
    }
    spreadDoubts()
  }

  func isDoubtful(_ part: Part) -> Bool {
    footprint.group(of: part).map { doubts[$0] != nil } ?? false
  }

  /// Takes a group to be unknown, and all that depends on it.
  func doubt(_ group: Int, _ doubt: Doubt) {
    doubts[group] = doubt
    spreadDoubts()
  }

  // MARK: Sources

  /// The brick that a group comes from: one that has applied all, since no plan changes it, so that a
  /// plan that is made again says the same; else one that has applied nothing, or came furthest.
  private func choose(_ found: [Source], _ group: Int) -> Source? {
    let last = footprint.groups[group].members.last { decision.requests[$0].fate == .forward }
    if let last, let all = found.first(where: { $0.end > last }) { return all }
    return found.first { $0.end == 0 } ?? found.max { ($0.end, $1.column) < ($1.end, $0.column) }
  }

  /// All bricks that the group may come from.
  private func candidates(_ group: Int) throws(BrickError) -> [Source] {
    var found: [Source] = []
    for column in bricks.indices {
      if let source = try source(group, column) { found.append(source) }
    }
    // Only a brick that has applied a fallocate shows whether that kept the size.
    guard isUnsure(group) else { return found }
    let last = footprint.groups[group].members.last ?? 0
    return found.contains { $0.end > last } ? found.filter { $0.end > last } : found
  }

  private func isUnsure(_ group: Int) -> Bool {
    footprint.groups[group].members.contains { member in
      decision.requests[member].row.fop == .fallocate
        && decision.requests[member].fate == .forward
    }
  }

  private func source(_ group: Int, _ column: Int) throws(BrickError) -> Source? {
    guard bricks[column] != nil else { return nil }
    let members = footprint.groups[group].members
    var forward: [Int] = []
    for member in members {
      switch decision.requests[member].fate {
      case .forward: forward.append(member)
      case .void: if isTouched(member, column) { return nil }
      case .conflict: return nil
      }
    }
    let last = forward.lastIndex { isTouched($0, column) }
    // What a plan may have brought here without a trace is done again only if that is harmless.
    for member in forward where state(member, column) == .unheld && !isRepeatable(member) {
      return nil
    }
    guard try standsWhereItMust(group, column, hasApplied: last != nil) else { return nil }
    guard let last else { return Source(column: column, start: 0, end: 0) }
    // What can be repeated is folded again, so that what it writes comes from the journals.
    var start = last + 1
    while start > 0, isRepeatable(forward[start - 1]) { start -= 1 }
    guard forward[..<start].allSatisfy({ state($0, column) == .applied }),
      isInOrder(forward[..<start], column)
    else { return nil }
    let first = start < forward.count ? forward[start] : Int.max
    return Source(column: column, start: start == 0 ? 0 : first, end: forward[last] + 1)
  }

  func state(_ member: Int, _ column: Int) -> RequestCell.Application {
    let row = decision.requests[member].row
    let state = application(row, column)
    // A journal that does not answer for the term may have held it.
    guard state == .unheld, vouching[row.id.term]?.contains(column) != true else { return state }
    return .maybe
  }

  /// Whether a replica may have applied a request by itself.
  func isTouched(_ member: Int, _ column: Int) -> Bool {
    let state = state(member, column)
    return state == .applied || state == .maybe
  }

  func isRepeatable(_ member: Int) -> Bool {
    let table = decision.inputs.table
    return table.record(of: decision.requests[member].row)?.record.request.isRepeatable ?? false
  }

  /// Whether two replicas have applied the same requests of a group.
  func haveDoneTheSame(_ group: Int, _ left: Int, _ right: Int) -> Bool {
    footprint.groups[group].members.allSatisfy { state($0, left) == state($0, right) }
  }

  /// Whether a replica executed requests in their order, which its journal shows.
  private func isInOrder(_ members: ArraySlice<Int>, _ column: Int) -> Bool {
    guard decision.inputs.table.idSource == .jbr else { return true }
    let records = members.compactMap { decision.requests[$0].row.cells[column].record }
    return zip(records, records.dropFirst()).allSatisfy { $0 < $1 }
  }

  /// Whether what the requests worked on was there: a brick that lacked an object, or a directory,
  /// has refused what it applied.
  private func standsWhereItMust(
    _ group: Int, _ column: Int, hasApplied: Bool
  ) throws(BrickError) -> Bool {
    guard let brick = bricks[column] else { return false }
    for part in footprint.groups[group].parts {
      switch part {
      case .moves, .object: continue
      case .name(let name):
        if footprint.group(of: .object(name.parent)) == group { continue }
        if try brick.status(name.parent)?.type == .directory { continue }
        if hasApplied || footprint.makers[name.parent] == nil { return false }
      case .content(let gfid), .attributes(let gfid), .xattr(let gfid, _):
        if try brick.status(gfid) != nil { continue }
        // A brick that is right about names is right about what is gone.
        if let names = footprint.group(of: .object(gfid)) {
          if names == group { continue }
          if try source(names, column) != nil { continue }
        }
        let isMade = footprint.makers[gfid] != nil
        let isAnywhere = try isAnywhere(gfid)
        if isMade ? hasApplied : isAnywhere { return false }
      }
    }
    return true
  }

  private func isAnywhere(_ gfid: GFID) throws(BrickError) -> Bool {
    for case let brick? in bricks { if try brick.status(gfid) != nil { return true } }
    return false
  }

  /// Of an object that the journals made, its making is the beginning, unless more went into it.
  func needsSource(_ group: Int) -> Bool {
    footprint.groups[group].parts.contains(where: needsSource)
  }

  private func needsSource(_ part: Part) -> Bool {
    switch part {
    case .moves: false
    case .name, .object: true
    case .attributes(let gfid): !isFoldedWhole(gfid) || footprint.inheriting.contains(gfid)
    case .xattr(let gfid, _), .content(let gfid): !isFoldedWhole(gfid)
    }
  }

  /// Whether all of an object is in the journals once it is known to have been made.
  private func isFoldedWhole(_ gfid: GFID) -> Bool {
    footprint.makers[gfid] != nil && !footprint.cut.contains(gfid)
  }

  private func spreadDoubts() {
    var changed = true
    while changed {
      changed = false
      for (number, group) in footprint.groups.enumerated() where doubts[number] == nil {
        guard group.parts.contains(where: dependsOnDoubt) else { continue }
        doubts[number] = .follows
        changed = true
      }
    }
  }

  private func dependsOnDoubt(_ part: Part) -> Bool {
    switch part {
    case .moves, .object: return false
    case .name(let name): return isDoubtful(.object(name.parent))
    case .content(let gfid), .xattr(let gfid, _): return isDoubtful(.object(gfid))
    case .attributes(let gfid):
      let parent = footprint.makers[gfid]?.parent
      return isDoubtful(.object(gfid)) || parent.map { isDoubtful(.attributes($0)) } ?? false
    }
  }

  // MARK: Where to look

  /// The column of the brick that a part comes from; of what no request touches, the first one that
  /// has the object.
  func column(_ part: Part, of gfid: GFID) throws(BrickError) -> Int? {
    for part in [part, .object(gfid)] {
      if let group = footprint.group(of: part), let source = sources[group] {
        return source.column
      }
    }
    for (column, brick) in bricks.enumerated() {
      if let brick, try brick.status(gfid) != nil { return column }
    }
    return nil
  }
}

extension Base: ReadableBrick {
  /// Remembers what a disk could not tell: the fold takes an error for a refusal.
  private func look<Value>(
    _ part: Part, of gfid: GFID, _ body: (any BrickStore) throws(BrickError) -> Value?
  ) throws(BrickError) -> Value? {
    do throws(BrickError) {
      guard let brick = try column(part, of: gfid).flatMap({ bricks[$0] }) else { return nil }
      return try body(brick)
    } catch {
      trouble = trouble ?? error
      throw error
    }
  }

  func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus? {
    guard !isDoubtful(.object(gfid)),
      var status = try look(
        .object(gfid), of: gfid,
        { brick throws(BrickError) in
          try brick.status(gfid)
        })
    else { return nil }
    if let own = try own(.attributes(gfid), of: gfid) {
      (status.mode, status.uid, status.gid) = (own.mode, own.uid, own.gid)
    }
    if let own = try own(.content(gfid), of: gfid) { status.size = own.size }
    return status
  }

  /// An object as the brick has it that a part comes from.
  func own(_ part: Part, of gfid: GFID) throws(BrickError) -> ObjectStatus? {
    try look(part, of: gfid) { brick throws(BrickError) in try brick.status(gfid) }
  }

  func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
    if isDoubtful(.name(name)) { return nil }
    return try look(.name(name), of: name.parent) { brick throws(BrickError) in
      try brick.entry(name)
    }
  }

  func list(_ directory: GFID) throws(BrickError) -> [(name: ByteView, entry: DirectoryEntry)] {
    try look(.object(directory), of: directory) { brick throws(BrickError) in
      guard try brick.status(directory)?.type == .directory else { return nil }
      return try brick.list(directory)
    } ?? []
  }

  func place(ofDirectory gfid: GFID) throws(BrickError) -> EntryName? {
    try look(.object(gfid), of: gfid) { brick throws(BrickError) in
      try brick.place(ofDirectory: gfid)
    }
  }

  func symlinkTarget(_ gfid: GFID) throws(BrickError) -> ByteView {
    try look(.object(gfid), of: gfid) { brick throws(BrickError) in
      try brick.symlinkTarget(gfid)
    } ?? []
  }

  func read(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> [UInt8] {
    try look(.content(gfid), of: gfid) { brick throws(BrickError) in
      try brick.read(gfid, at: offset, count: count)
    } ?? []
  }

  func nextData(_ gfid: GFID, from offset: Int64) throws(BrickError) -> Int64? {
    try look(.content(gfid), of: gfid) { brick throws(BrickError) in
      try brick.nextData(gfid, from: offset)
    }
  }

  func xattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    var found: [ByteView: ByteView] = [:]
    let all = try look(.object(gfid), of: gfid) { brick throws(BrickError) in
      try brick.xattrs(gfid)
    }
    for (key, value) in all ?? [] { found[key] = value }
    let touched = footprint.xattrKeys[gfid] ?? []
    for key in touched.union([AccessList.accessKey, AccessList.defaultKey])
    where !Bookkeeping.owns(key) {
      found[key] = try xattr(gfid, key)
    }
    return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
  }

  func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    try look(AccessList.part(of: key, gfid), of: gfid) { brick throws(BrickError) in
      // A symlink is not asked for ACLs.
      guard let type = try brick.status(gfid)?.type, !AccessList.isKey(key) || type != .symlink
      else { return nil }
      return try brick.xattr(gfid, key)
    }
  }
}

extension Footprint.Item {
  /// A request as all replicas hold it: of a conflict, what each of them holds.
  init(_ decided: DecidedRequest, _ table: RequestTable) {
    requests = []
    isForward = decided.fate == .forward
    var digests: Set<Digest> = []
    for (replica, cell) in zip(table.replicas, decided.row.cells) {
      guard let record = cell.record, let digest = cell.digest, digests.insert(digest).inserted
      else { continue }
      requests.append(replica.records[record].request)
    }
  }
}
