extension RequestTable {
  /// Whether the journals begin at an empty brick, as far as they show: nothing was pruned
  /// everywhere, no request works on an object other than the root that no request made, and none
  /// adds to a sum of the root.
  ///
  /// Then all is known from the journals alone. Else what was there before must come from bricks.
  public var beginsAtEmptyBrick: Bool { prunedTerm == nil && firstOlder == nil }

  /// The first term that some replica has pruned and none has any more.
  private var prunedTerm: Term? {
    let held = Set(replicas.flatMap { $0.knowledge?.contents.keys.map(\.rawValue) ?? [] })
    var found: UInt64?
    for superblock in replicas.compactMap(\.knowledge?.superblock) {
      let last = min(superblock.prunedUpTo, superblock.decidedUpTo)
      for range in superblock.joined where range.lowerBound <= last {
        // Ends at the first that nobody has, however long the range may be.
        let missing = (range.lowerBound...min(range.upperBound, last)).first {
          !held.contains($0)
        }
        if let missing { found = min(found ?? missing, missing) }
      }
    }
    return found.map { Term($0) }
  }

  /// Whether the bricks show that the journals do not begin at an empty one: all have the same
  /// object in the root, and no request is about it or its name.
  func isYounger(than bricks: [any BrickStore]) throws(BrickError) -> Bool {
    guard let first = bricks.first else { return false }
    var names: Set<EntryName> = []
    var objects: Set<GFID> = []
    for row in rows {
      guard let touched = record(of: row)?.record.request.touched else { continue }
      names.formUnion(touched.names)
      objects.formUnion(touched.objects)
    }
    for (text, entry) in try first.list(.root) {
      let name = EntryName(parent: .root, name: text)
      guard let gfid = entry.gfid, !objects.contains(gfid), !names.contains(name) else { continue }
      var isEverywhere = true
      for other in bricks.dropFirst() where try other.entry(name)?.gfid != gfid {
        isEverywhere = false
      }
      if isEverywhere { return true }
    }
    return false
  }

  /// Refuses journals that do not begin at an empty brick, of which no brick is given.
  /// - Throws: `refused`, with the first request that shows it.
  func refuseWithoutBricks() throws(Failure) {
    if let prunedTerm {
      throw Failure(
        .refused,
        """
        term \(prunedTerm) was pruned everywhere, and no brick is given that shows what it left: \
        give the replicas as NAME=JOURNAL,BRICK
        """)
    }
    guard let (row, older) = firstOlder else { return }
    throw Failure(
      .refused,
      """
      request \(row.id) (\(row.fop.name)) works on \(older), which was there before the journals, \
      and no brick is given that shows what it was: give the replicas as NAME=JOURNAL,BRICK
      """)
  }

  private var firstOlder: (row: RequestRow, gfid: GFID)? {
    var made: Set<GFID> = [.root, .null]
    for replica in replicas {
      for record in replica.records {
        if let gfid = record.request.requestedGFID { made.insert(gfid) }
      }
    }
    for row in rows {
      guard let (_, record) = record(of: row) else { continue }
      let request = record.request
      let touched = request.touched
      let objects = Set(touched.objects).union(touched.names.map(\.parent))
      if let older = objects.filter({ !made.contains($0) }).min()
        ?? (request.isSum && request.target == .root ? .root : nil)
      {
        return (row, older)
      }
    }
    return nil
  }
}
