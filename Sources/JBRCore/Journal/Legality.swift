/// A field that parses, but holds what no writer stores there.
public struct IllegalField: Equatable, Sendable {
  /// As in `docs/fops.md`.
  public var field: String
  /// What is wrong, and what was expected.
  public var message: String
}

/// What GlusterFS can have written, field by field.
///
/// A record is a request: one that the brick refused is legal. So only what no client can ask
/// for, or no writer stores, is called illegal.
extension Request {
  /// The fields that hold what no writer stores there.
  public var illegalFields: [IllegalField] {
    var found: [IllegalField] = []
    for (index, entry) in fop.layout.enumerated() {
      if let message = problem(entry.name, values[index]) {
        found.append(IllegalField(field: entry.name.rawValue, message: message))
      }
    }
    if let message = rangeProblem { found.append(message) }
    found += xdataProblems
    return found
  }

  private func problem(_ name: FieldName, _ value: FieldValue) -> String? {
    switch value {
    case .loc(let loc): problem(name, loc)
    case .gfid(let gfid):
      fop == .create
        ? expect(gfid == .null, "\(gfid) is not null, as it is in each create")
        : expect(gfid != .null, "is null: no open file has that GFID")
    case .attributes(let attributes): problem(attributes)
    case .string(let bytes): expect(bytes?.isEmpty == false, "is missing")
    case .u32, .i32, .u64, .i64: problem(name, integer(name) ?? 0)
    case .dict: nil
    }
  }

  private func expect(_ condition: Bool, _ message: @autoclosure () -> String) -> String? {
    condition ? nil : message()
  }

  private func problem(_ name: FieldName, _ loc: Loc) -> String? {
    if fop.allows(loc, in: name) { return nil }
    return fop.needsName(in: name) ? "has no name in a directory" : "has no GFID"
  }

  private func problem(_ attributes: Attributes) -> String? {
    // UTIME_NOW and UTIME_OMIT of utimensat(2), which a client may pass on.
    let special: ClosedRange<UInt32> = 0x3fff_fffe...0x3fff_ffff
    for (name, time) in [("atime", attributes.atime), ("mtime", attributes.mtime)]
    where !time.isClockTime && !special.contains(time.nanoseconds) {
      return "\(name)_nsec \(time.nanoseconds) is not below 1000000000"
    }
    return nil
  }

  private func problem(_ name: FieldName, _ value: Int64) -> String? {
    fop.problem(name, value)
  }

  private var rangeProblem: IllegalField? {
    guard let offset = integer(.offset), let length = integer(.length), offset >= 0, length >= 0,
      offset.addingReportingOverflow(length).overflow
    else { return nil }
    return IllegalField(
      field: "length", message: "\(length) from \(offset) on ends beyond \(Int64.max)")
  }

  private var xdataProblems: [IllegalField] {
    var found: [IllegalField] = []
    if let bytes = xdata("gfid-req"), GFID(bytes: bytes) ?? .null == .null {
      found.append(
        IllegalField(field: "xdata.gfid-req", message: "is not a GFID of 16 bytes other than null"))
    }
    for key in ["trusted.jbr.term", "trusted.jbr.index", "rollback-fop"]
    where xdata(key) != nil && xdataNumber(key) == nil {
      found.append(IllegalField(field: "xdata." + key, message: "is not a number and a NUL"))
    }
    if fop == .ipc, xdata("rollback-fop") == nil {
      found.append(IllegalField(field: "xdata", message: "has no rollback-fop, as each ipc has"))
    }
    return found
  }
}

extension Fop {
  /// Whether a writer can have stored a number in a field.
  func allows(_ value: Int64, in field: FieldName) -> Bool { problem(field, value) == nil }

  /// Whether a place is as the fop needs it.
  func allows(_ loc: Loc, in field: FieldName) -> Bool {
    needsName(in: field) ? loc.name != nil && loc.parent != .null : loc.gfid != .null
  }

  /// Fops that make, remove or move a name have a name.
  fileprivate func needsName(in field: FieldName) -> Bool {
    switch (self, field) {
    case (.create, _), (.mkdir, _), (.mknod, _), (.symlink, _), (.unlink, _), (.rmdir, _),
      (.rename, _), (.link, .newloc):
      true
    default: false
    }
  }

  fileprivate func problem(_ name: FieldName, _ value: Int64) -> String? {
    func within(_ range: ClosedRange<Int64>) -> String? {
      range.contains(value)
        ? nil : "\(value) is not from \(range.lowerBound) to \(range.upperBound)"
    }
    switch (name, self) {
    case (.offset, _): return within(0...Int64.max)
    case (.length, _):
      return value >= 0 ? nil : "\(UInt64(bitPattern: value)) is no length"
    case (.mode, .fallocate): return within(0...0)
    case (.mode, _): return modeProblem(value)
    case (.umask, .symlink): return within(0...0)
    case (.umask, _): return within(0...0o7777)
    case (.flags, .unlink), (.flags, .rmdir): return within(0...1)
    case (.flags, .setxattr), (.flags, .fsetxattr): return within(0...3)
    // Flags of open(2), of which the kernel uses 27 bits at most.
    case (.flags, _): return within(0...0x7ff_ffff)
    case (.optype, _): return within(0...6)
    case (.valid, _): return value == -1 ? nil : within(0...0x1ff)
    default: return nil
    }
  }

  /// Permissions, with the type that the fop makes or without; sign-extended now and then.
  private func modeProblem(_ value: Int64) -> String? {
    let upper = value >> 16
    let types: Set<Int64> =
      switch self {
      case .create: [0, 0o10]
      case .mkdir: [0, 0o4]
      default: [0, 0o1, 0o2, 0o6, 0o10, 0o14]
      }
    let isMode = (upper == 0 || upper == 0xffff) && types.contains(value >> 12 & 0xf)
    return isMode ? nil : "\(value) is no mode of a \(name)"
  }
}

extension Request {
  private static let judgedKeys = [
    "gfid-req", "trusted.jbr.term", "trusted.jbr.index", "rollback-fop",
  ].map { [UInt8]($0.utf8) }
  private static let numberKeys = judgedKeys[1...2]

  /// Whether nothing can be wrong with an entry of xdata, without a look at the others.
  static func isPlainEntry(_ key: ByteView, _ value: ByteView) -> Bool {
    if numberKeys.contains(where: { key.elementsEqual($0) }) {
      return value.count < 20 && value.last == 0 && value.count > 1
        && value.dropLast().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    return !judgedKeys.contains { key.elementsEqual($0) }
  }
}

extension JournalRecord {
  /// What is illegal in the record, as errors of its file.
  public var illegalities: [Failure] {
    request.illegalFields.map { illegal in
      Failure(
        .damaged, illegal.message, path: path, at: .offset(record.offset), field: illegal.field)
    }
  }
}
