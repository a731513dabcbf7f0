/// What a sum has come to, as whoever was about to apply it wrote it down. It stands in for a brick
/// where every brick may have applied the sum, or not.
struct RecordedSum {
  /// The sum's position among the requests.
  var position: Int
  /// The replica that says so.
  var column: Int
  /// For each xattr its value behind the sum.
  var values: [DictEntry]
}

/// What a sum comes to, and all that it depends on: for each xattr its value behind the sum.
public struct SumResult: Equatable, Sendable {
  public var id: RequestID
  public var gfid: GFID
  public var values: [DictEntry]

  /// Writes one line for each xattr.
  func write(to output: inout LineWriter) throws(Failure) {
    for entry in values {
      try output.write("sum_result") { line in
        line.field("id", id.description)
        line.field("gfid", gfid)
        line.field("key", bytes: entry.key)
        line.field("value", bytes: entry.value)
      }
    }
  }
}

/// As a plan file has it.
struct SumResultLine: Decodable {
  var id: String
  var gfid: String
  var key: JSONBytes
  var value: JSONBytes
}

extension [SumResult] {
  /// Takes the next line of a plan; false for one that makes no sense.
  mutating func take(_ line: SumResultLine) -> Bool {
    guard let id = RequestID(line.id), let gfid = GFID(line.gfid) else { return false }
    let entry = DictEntry(key: line.key.bytes, value: line.value.bytes)
    if last?.id == id {
      self[count - 1].values.append(entry)
    } else {
      append(SumResult(id: id, gfid: gfid, values: [entry]))
    }
    return true
  }
}

extension Base {
  /// The last sum of a group of one object's xattrs, if somebody wrote down what it came to, and
  /// all others of the group are in that.
  func recordedSum(_ group: Int) throws(BrickError) -> RecordedSum? {
    guard let (gfid, keys) = footprint.groups[group].xattrs, let last = lastSum(group) else {
      return nil
    }
    let members = footprint.groups[group].members
    for column in bricks.indices {
      guard let brick = bricks[column], hasBegun(members, upTo: last, column) else { continue }
      var values: [DictEntry] = []
      for key in keys {
        guard let value = try value(of: key, of: gfid, members, last, column, brick) else { break }
        values.append(value)
      }
      if values.count == keys.count {
        return RecordedSum(position: last, column: column, values: values)
      }
    }
    return nil
  }

  /// The forward sum behind which all of a group says itself what it comes to; nil where that is no
  /// sum.
  func lastSum(_ group: Int) -> Int? {
    let members = footprint.groups[group].members
    let last = members.last { isForward($0) && !isRepeatable($0) }
    return last.flatMap { request($0)?.isSum == true ? $0 : nil }
  }

  /// Whether a replica has done nothing of a group but forward requests, of which it has begun each
  /// up to one.
  private func hasBegun(_ members: [Int], upTo last: Int, _ column: Int) -> Bool {
    members.allSatisfy { member in
      if !isForward(member) {
        return decision.requests[member].fate == .void && !isTouched(member, column)
      }
      return member > last || isTouched(member, column)
    }
  }

  /// What an xattr is behind the last sum: as the last one of it that is not safe came to, or as the
  /// brick has it.
  private func value(
    of key: ByteView, of gfid: GFID, _ members: [Int], _ last: Int, _ column: Int,
    _ brick: any BrickStore
  ) throws(BrickError) -> DictEntry? {
    let writer = members.last { member in
      member <= last && isForward(member) && !isRepeatable(member)
        && request(member)?.xattrKeys.contains(key) == true
    }
    guard let writer else { return nil }
    if state(writer, column) == .applied {
      guard try brick.status(gfid) != nil else { return nil }
      return try brick.xattr(gfid, key).map { DictEntry(key: key, value: $0) }
    }
    let cell = decision.requests[writer].row.cells[column]
    let journal = decision.inputs.table.replicas[column]
    guard let record = cell.record.map({ journal.records[$0] }) else { return nil }
    return journal.knowledge?.sum(record.id)?.first { $0.key == key }
  }

  func isForward(_ member: Int) -> Bool { decision.requests[member].fate == .forward }

  private func request(_ member: Int) -> Request? {
    decision.inputs.table.record(of: decision.requests[member].row)?.record.request
  }
}

extension PartGroup {
  /// The object and the keys, if all that the group is about is xattrs of one object.
  var xattrs: (gfid: GFID, keys: [ByteView])? {
    var found: (gfid: GFID, keys: [ByteView])?
    for part in parts {
      guard case .xattr(let gfid, let key) = part, found?.gfid ?? gfid == gfid else { return nil }
      found = (gfid, (found?.keys ?? []) + [key])
    }
    return found
  }
}

extension Request {
  var isSum: Bool { fop == .xattrop || fop == .fxattrop }
}
