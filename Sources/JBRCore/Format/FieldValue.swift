/// A place in the tree: an object's GFID, or a name in a directory, or both.
public struct Loc: Hashable, Sendable {
  /// Null for an object that does not exist yet.
  public var gfid: GFID
  /// Null where the fop names its object by GFID alone.
  public var parent: GFID
  /// nil where the fop names its object by GFID alone.
  public var name: ByteView?

  public init(gfid: GFID, parent: GFID = .null, name: ByteView? = nil) {
    self.gfid = gfid
    self.parent = parent
    self.name = name
  }
}

/// One key and value of a GlusterFS dict: bytes without a type.
public struct DictEntry: Hashable, Sendable {
  /// Without its NUL.
  public var key: ByteView
  public var value: ByteView

  public init(key: ByteView, value: ByteView) {
    self.key = key
    self.value = value
  }

  public init(_ key: String, _ value: [UInt8]) {
    self.init(key: ByteView(key.utf8), value: value[...])
  }
}

/// Seconds since 1970 and nanoseconds. An fdl journal has room for unsigned 32 bits of each.
public struct JournalTime: Hashable, Sendable {
  public var seconds: Int64
  public var nanoseconds: UInt32

  public init(seconds: some FixedWidthInteger, nanoseconds: UInt32) {
    self.seconds = Int64(clamping: seconds)
    self.nanoseconds = nanoseconds
  }
}

/// What SETATTR carries. Which of it counts is in the record's `valid` bits.
public struct Attributes: Hashable, Sendable {
  /// Which of GlusterFS' two layouts a record has. Nothing in a file tells, but the lengths.
  public enum Layout: UInt8, Sendable {
    /// 28 bytes: times of 32 bits (2016).
    case narrow = 28
    /// 36 bytes: seconds of 64 bits, of which the writer fills only the low half (2018).
    case wide = 36
  }
  public var layout: Layout
  /// Permission bits with setuid, setgid and sticky: 0o7777.
  public var mode: UInt32
  public var uid: UInt32
  public var gid: UInt32
  public var atime: JournalTime
  public var mtime: JournalTime

  public init(
    layout: Layout, mode: UInt32, uid: UInt32, gid: UInt32, atime: JournalTime, mtime: JournalTime
  ) {
    self.layout = layout
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.atime = atime
    self.mtime = mtime
  }
}

/// The value of one field of a record.
public enum FieldValue: Hashable, Sendable {
  case loc(Loc)
  case gfid(GFID)
  case u32(UInt32)
  case i32(Int32)
  case u64(UInt64)
  case i64(Int64)
  /// nil where the record's flag says that there is none.
  case string(ByteView?)
  case dict([DictEntry])
  case attributes(Attributes)
}

/// A journaled fop with its arguments, as far as they stand in the meta file.
public struct Request: Hashable, Sendable {
  public var fop: Fop
  /// One value for each field of `fop.layout`, in that order.
  public var values: [FieldValue]

  public init(fop: Fop, values: [FieldValue]) {
    self.fop = fop
    self.values = values
  }

  /// The value of a field; nil if this fop has no such field.
  public subscript(field: FieldName) -> FieldValue? {
    for (index, entry) in fop.layout.enumerated() where entry.name == field {
      return values[index]
    }
    return nil
  }
}

extension Request {
  /// A place: `loc`, `oldloc` or `newloc`.
  public func loc(_ field: FieldName) -> Loc? {
    if case .loc(let loc) = self[field] { loc } else { nil }
  }

  /// A dict: `dict` or `xdata`; empty if the fop has none.
  public func entries(_ field: FieldName) -> [DictEntry] {
    if case .dict(let entries) = self[field] { entries } else { [] }
  }

  /// An integer field of any width, widened to 64 bits with its sign; nil if the fop has none.
  public func integer(_ field: FieldName) -> Int64? {
    switch self[field] {
    case .u32(let value): Int64(value)
    case .i32(let value): Int64(value)
    case .u64(let value): Int64(truncatingIfNeeded: value)
    case .i64(let value): value
    default: nil
    }
  }

  /// A string field: `linkpath` or `name`.
  public func string(_ field: FieldName) -> ByteView? {
    if case .string(let bytes) = self[field] { bytes } else { nil }
  }

  /// What a (f)setattr carries.
  public var attributes: Attributes? {
    if case .attributes(let value) = self[.stbuf] { value } else { nil }
  }

  /// A value of xdata by its key.
  public func xdata(_ key: String) -> ByteView? {
    guard case .dict(let entries) = values.last else { return nil }
    return entries.first { $0.key.elementsEqual(key.utf8) }?.value
  }

  /// A value of xdata that is a number in ASCII, with a NUL behind it.
  public func xdataNumber(_ key: String) -> UInt64? {
    guard let bytes = xdata(key), let end = bytes.firstIndex(of: 0) else { return nil }
    return UInt64(String(decoding: bytes[..<end], as: UTF8.self))
  }

  /// How many bytes of the data file belong to the record.
  public var payloadByteCount: UInt64 {
    guard fop == .writev, case .u64(let count) = self[.length] else { return 0 }
    return count
  }

  /// The object that the fop works on, by GFID; null for one that it makes or names only.
  public var target: GFID {
    if case .gfid(let gfid) = self[.fd], gfid != .null { return gfid }
    return (loc(.loc) ?? loc(.oldloc))?.gfid ?? .null
  }

  /// The GFID that the creator chose for the new object (`gfid-req` in xdata).
  public var requestedGFID: GFID? { xdata("gfid-req").flatMap { GFID(bytes: $0) } }

  /// Of a rollback, the fop that failed; nil for any other request.
  public var rolledBackFop: UInt64? { fop == .ipc ? xdataNumber("rollback-fop") : nil }

  /// The index that JBR's leader gave to the request; nil in a journal without JBR.
  public var journaledIndex: UInt64? { xdataNumber("trusted.jbr.index") }
}
