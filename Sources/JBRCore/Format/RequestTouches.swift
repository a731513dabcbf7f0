/// What a request names and touches.
extension Request {
  /// The places that the request names, in the table's order.
  public var locs: [Loc] {
    values.compactMap { if case .loc(let loc) = $0 { loc } else { nil } }
  }

  /// Whether the request names the object by its GFID: as a place, a descriptor or a new object.
  public func names(_ gfid: GFID) -> Bool {
    for value in values {
      switch value {
      case .loc(let loc) where loc.gfid == gfid: return true
      case .gfid(let descriptor) where descriptor == gfid: return true
      default: continue
      }
    }
    return requestedGFID == gfid
  }

  /// The bytes of a file's data that the request writes or cuts off, the last one included; nil
  /// for a request that touches none, and for one whose numbers are no range.
  public var dataRange: ClosedRange<UInt64>? {
    guard let offset = integer(.offset), offset >= 0 else { return nil }
    let start = UInt64(offset)
    switch fop {
    case .truncate, .ftruncate:
      // A file may grow or shrink: everything from the new size on changes.
      return start...UInt64.max
    case .writev, .fallocate, .discard, .zerofill:
      guard let length = integer(.length), length != 0 else { return nil }
      let (end, overflow) = start.addingReportingOverflow(UInt64(bitPattern: length) - 1)
      return start...(overflow ? UInt64.max : end)
    default: return nil
    }
  }
}
