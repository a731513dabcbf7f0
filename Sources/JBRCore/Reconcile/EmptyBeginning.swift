extension RequestTable {
  /// Refuses journals that do not begin at an empty brick.
  ///
  /// The fold knows nothing of what was there before: a sum, an append or a create over it would
  /// come out wrong, and a plan would overwrite bricks that are right. A request on an object
  /// other than the root that no request made, or a sum on the root, shows such a beginning.
  /// - Throws: `refused`, with the first such request.
  public func requireEmptyBeginning() throws(Failure) {
    var made: Set<GFID> = [.root, .null]
    for replica in replicas {
      for record in replica.records {
        if let gfid = record.request.requestedGFID { made.insert(gfid) }
      }
    }
    for row in rows {
      guard let (_, record) = record(of: row) else { continue }
      let request = record.request
      let isSum = request.fop == .xattrop || request.fop == .fxattrop
      let touched = request.touched
      let objects = Set(touched.objects).union(touched.names.map(\.parent))
      guard
        let older = objects.filter({ !made.contains($0) }).min()
          ?? (isSum && request.target == .root ? .root : nil)
      else { continue }
      throw Failure(
        .refused,
        """
        request \(row.id) (\(row.fop.name)) works on \(older), which was there before the \
        journals: a set that does not begin at empty bricks cannot be planned yet
        """)
    }
  }
}
