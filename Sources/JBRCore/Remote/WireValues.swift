// How the values of the folders below go over the wire, field by field.

extension Wire where Self: RawRepresentable, RawValue == UInt8 {
  init(from reader: inout WireReader) throws(FormatError) {
    let byte: UInt8 = try reader.integer()
    guard let value = Self(rawValue: byte) else { throw reader.illegal(byte, "\(Self.self)") }
    self = value
  }
  func write(to writer: inout WireWriter) { writer.append(integer: rawValue) }
}

/// Which of a list of cases a value is, where its type has no number for it.
protocol WireChoice: Wire, Equatable {
  static var choices: [Self] { get }
}

extension WireChoice {
  init(from reader: inout WireReader) throws(FormatError) {
    let byte: UInt8 = try reader.integer()
    guard Int(byte) < Self.choices.count else { throw reader.illegal(byte, "\(Self.self)") }
    self = Self.choices[Int(byte)]
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: UInt8(clamping: Self.choices.firstIndex(of: self) ?? 255))
  }
}

extension PathKind: WireChoice {
  static var choices: [PathKind] { [.file, .directory, .other] }
}
extension ObjectType: WireChoice {
  static var choices: [ObjectType] {
    [.file, .directory, .symlink, .fifo, .socket, .character, .block, .unknown]
  }
}
extension Soundness: WireChoice {
  static var choices: [Soundness] { [.sound, .broken, .contradicted] }
}
extension RangeChange: WireChoice {
  static var choices: [RangeChange] { [.allocate, .punch, .zero] }
}
extension XattrMode: WireChoice {
  static var choices: [XattrMode] { [.set, .create, .replace] }
}

extension GFID: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(high: try reader.integer(), low: try reader.integer())
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: high)
    writer.append(integer: low)
  }
}

extension Digest: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(high: try reader.integer(), low: try reader.integer())
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: high)
    writer.append(integer: low)
  }
}

extension ContentSums: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      digest: try Digest(from: &reader), checksum: try reader.integer(),
      byteCount: try reader.integer())
  }
  func write(to writer: inout WireWriter) {
    digest.write(to: &writer)
    checksum.write(to: &writer)
    byteCount.write(to: &writer)
  }
}

extension FileTime: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(seconds: try reader.integer(), nanoseconds: try reader.integer())
    guard nanoseconds < 1_000_000_000 else { throw reader.illegal(nanoseconds, "nanoseconds") }
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: seconds)
    writer.append(integer: nanoseconds)
  }
}

extension EntryName: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(parent: try GFID(from: &reader), name: try reader.counted())
  }
  func write(to writer: inout WireWriter) {
    parent.write(to: &writer)
    name.write(to: &writer)
  }
}

extension DirectoryEntry: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(gfid: try GFID?(from: &reader), type: try ObjectType(from: &reader))
  }
  func write(to writer: inout WireWriter) {
    gfid.write(to: &writer)
    type.write(to: &writer)
  }
}

extension ObjectStatus: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      type: try ObjectType(from: &reader), mode: try reader.integer(), uid: try reader.integer(),
      gid: try reader.integer(), rdev: try reader.integer(), size: try reader.integer(),
      nameCount: try reader.integer(), atime: try FileTime(from: &reader),
      mtime: try FileTime(from: &reader))
    guard size >= 0 else { throw reader.illegal(0, "a size") }
  }
  func write(to writer: inout WireWriter) {
    type.write(to: &writer)
    for number in [mode, uid, gid] { writer.append(integer: number) }
    writer.append(integer: rdev)
    writer.append(integer: size)
    writer.append(integer: nameCount)
    atime.write(to: &writer)
    mtime.write(to: &writer)
  }
}

extension NewObject: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      gfid: try GFID(from: &reader), type: try ObjectType(from: &reader),
      mode: try reader.integer(), uid: try UInt32?(from: &reader), gid: try UInt32?(from: &reader),
      rdev: try reader.integer(), target: try reader.counted())
    mayInheritList = try Bool(from: &reader)
  }
  func write(to writer: inout WireWriter) {
    gfid.write(to: &writer)
    type.write(to: &writer)
    writer.append(integer: mode)
    uid.write(to: &writer)
    self.gid.write(to: &writer)
    writer.append(integer: rdev)
    target.write(to: &writer)
    mayInheritList.write(to: &writer)
  }
}

extension SetAside: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      name: try EntryName(from: &reader), label: try reader.counted(),
      gfid: try GFID?(from: &reader), hasHandle: try Bool(from: &reader))
  }
  func write(to writer: inout WireWriter) {
    name.write(to: &writer)
    label.write(to: &writer)
    gfid.write(to: &writer)
    hasHandle.write(to: &writer)
  }
}

extension FileSystemRoom: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      device: try reader.integer(), isReadOnly: try Bool(from: &reader),
      freeByteCount: try reader.integer(), freeInodeCount: try Int64?(from: &reader),
      blockByteCount: try reader.integer())
    guard freeByteCount >= 0, freeInodeCount ?? 0 >= 0, blockByteCount > 0 else {
      throw reader.illegal(0, "a file system's room")
    }
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: device)
    isReadOnly.write(to: &writer)
    writer.append(integer: freeByteCount)
    freeInodeCount.write(to: &writer)
    writer.append(integer: blockByteCount)
  }
}

extension AttributeChange: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      mode: try UInt32?(from: &reader), uid: try UInt32?(from: &reader),
      gid: try UInt32?(from: &reader), atime: try FileTime?(from: &reader),
      mtime: try FileTime?(from: &reader))
  }
  func write(to writer: inout WireWriter) {
    for number in [mode, uid, gid] { number.write(to: &writer) }
    atime.write(to: &writer)
    mtime.write(to: &writer)
  }
}

extension Failure: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    let number: Int32 = try reader.integer()
    guard let status = ExitStatus(rawValue: number), status != .ok else {
      throw reader.illegal(number, "an exit status")
    }
    self.init(
      status, Failure.visible(try String(from: &reader)), path: try String?(from: &reader),
      at: try Int?(from: &reader).map { .offset($0) }, field: try String?(from: &reader),
      errno: try Int32?(from: &reader))
  }
  /// A place in lines has no way here: what is read line by line is read where the tool runs.
  func write(to writer: inout WireWriter) {
    status.rawValue.write(to: &writer)
    message.write(to: &writer)
    path.write(to: &writer)
    let offset: Int? = if case .offset(let offset) = place { offset } else { nil }
    offset.write(to: &writer)
    field.write(to: &writer)
    self.errno.write(to: &writer)
  }
}

extension SystemError: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      try reader.integer(), Failure.visible(try String(from: &reader)),
      source: try Failure?(from: &reader))
  }
  func write(to writer: inout WireWriter) {
    self.errno.write(to: &writer)
    call.write(to: &writer)
    source.write(to: &writer)
  }
}
