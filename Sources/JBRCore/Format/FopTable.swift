/// The journaled file operations, by the number that the journal stores.
///
/// Numbers are written out and never reused. A fop without a row in `layout` does not compile;
/// the reader, the writer, the dumper, replay, `docs/fops.md` and the tests all read that table.
public enum Fop: UInt8, CaseIterable, Sendable, Hashable {
  case mknod = 3
  case mkdir = 4
  case unlink = 5
  case rmdir = 6
  case symlink = 7
  case rename = 8
  case link = 9
  case truncate = 10
  case writev = 13
  case setxattr = 17
  case removexattr = 19
  case create = 23
  case ftruncate = 24
  case xattrop = 33
  case fxattrop = 34
  case fsetxattr = 36
  case setattr = 38
  case fsetattr = 39
  case fremovexattr = 45
  case fallocate = 46
  case discard = 47
  case zerofill = 48
  /// Carries a rollback: the failed fop's xdata and `rollback-fop`, its number.
  case ipc = 49
}

/// A field of a record, named as in `docs/fops.md` and in the JSON lines.
public enum FieldName: String, CaseIterable, Sendable {
  case loc, oldloc, newloc, fd, linkpath, name, offset, length, flags, mode, rdev, umask
  case dict, optype, stbuf, valid, xdata
}

/// How a field's bytes are laid out.
public enum FieldKind: String, Sendable {
  /// GFID, parent's GFID, and a name or none.
  case loc
  /// 16 bytes.
  case gfid
  case u32, i32, u64, i64
  /// The length (u64) of bytes that stand in the data file.
  case payload
  /// A string without its NUL, before a loc, whose first byte is always 0.
  case stringBeforeLoc = "string before loc"
  /// A string without its NUL, before the xdata, whose first key is shorter than 256 bytes.
  case stringBeforeXdata = "string before xdata"
  /// Keys and values up to a zero key length.
  case dict
  /// Mode, owner, group and times, in one of two widths.
  case iatt
}

extension Fop {
  public typealias Layout = [(name: FieldName, kind: FieldKind)]

  /// The fop's fields in the order in which they stand on disk.
  public var layout: Layout { Self.layouts[Int(rawValue)] }

  /// By number, so that a look-up is one load.
  private static let layouts: [Layout] = {
    var all = [Layout](repeating: [], count: 256)
    for fop in Fop.allCases { all[Int(fop.rawValue)] = makeLayout(of: fop) }
    return all
  }()

  private static func makeLayout(of fop: Fop) -> Layout {
    // The columns are the point.
    // swift-format-ignore
    switch fop {
    case .mknod:        [(.loc, .loc), (.mode, .u32), (.rdev, .u64), (.umask, .u32), (.xdata, .dict)]
    case .mkdir:        [(.loc, .loc), (.mode, .u32), (.umask, .u32), (.xdata, .dict)]
    case .unlink:       [(.loc, .loc), (.flags, .i32), (.xdata, .dict)]
    case .rmdir:        [(.loc, .loc), (.flags, .i32), (.xdata, .dict)]
    case .symlink:      [(.linkpath, .stringBeforeLoc), (.loc, .loc), (.umask, .u32), (.xdata, .dict)]
    case .rename:       [(.oldloc, .loc), (.newloc, .loc), (.xdata, .dict)]
    case .link:         [(.oldloc, .loc), (.newloc, .loc), (.xdata, .dict)]
    case .truncate:     [(.loc, .loc), (.offset, .i64), (.xdata, .dict)]
    case .writev:       [(.fd, .gfid), (.length, .payload), (.offset, .i64), (.flags, .u32), (.xdata, .dict)]
    case .setxattr:     [(.loc, .loc), (.dict, .dict), (.flags, .i32), (.xdata, .dict)]
    case .removexattr:  [(.loc, .loc), (.name, .stringBeforeXdata), (.xdata, .dict)]
    case .create:       [(.loc, .loc), (.flags, .i32), (.mode, .u32), (.umask, .u32), (.fd, .gfid), (.xdata, .dict)]
    case .ftruncate:    [(.fd, .gfid), (.offset, .i64), (.xdata, .dict)]
    case .xattrop:      [(.loc, .loc), (.optype, .i32), (.dict, .dict), (.xdata, .dict)]
    case .fxattrop:     [(.fd, .gfid), (.optype, .i32), (.dict, .dict), (.xdata, .dict)]
    case .fsetxattr:    [(.fd, .gfid), (.dict, .dict), (.flags, .i32), (.xdata, .dict)]
    case .setattr:      [(.loc, .loc), (.stbuf, .iatt), (.valid, .i32), (.xdata, .dict)]
    case .fsetattr:     [(.fd, .gfid), (.stbuf, .iatt), (.valid, .i32), (.xdata, .dict)]
    case .fremovexattr: [(.fd, .gfid), (.name, .stringBeforeXdata), (.xdata, .dict)]
    case .fallocate:    [(.fd, .gfid), (.mode, .u32), (.offset, .i64), (.length, .u64), (.xdata, .dict)]
    case .discard:      [(.fd, .gfid), (.offset, .i64), (.length, .u64), (.xdata, .dict)]
    case .zerofill:     [(.fd, .gfid), (.offset, .i64), (.length, .i64), (.xdata, .dict)]
    case .ipc:          [(.xdata, .dict)]
    }
  }

  /// The fop's name as GlusterFS' sources write it, in lower case.
  public var name: String { "\(self)" }

  /// Finds a fop by its name; nil for a name that is not in the table.
  public init?(name: some StringProtocol) {
    guard let fop = Self.byName[String(name)] else { return nil }
    self = fop
  }

  private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })
}
