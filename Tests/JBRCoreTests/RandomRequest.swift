import Histories

@testable import JBRCore

extension SeededGenerator {
  /// Any bits, with the ends of the range more often than chance would have them.
  mutating func integer<Value: FixedWidthInteger>(as type: Value.Type = Value.self) -> Value {
    switch next() % 5 {
    case 0: Value.max
    case 1: Value.min
    case 2: 0
    default: Value(truncatingIfNeeded: next())
    }
  }

  mutating func gfid() -> GFID { GFID(high: next(), low: next() | 1) }

  /// Bytes without NUL and slash, so that they can be a name; at least one.
  mutating func name(_ lengths: ClosedRange<Int> = 1...255) -> ByteView {
    let odd = Array("aZ \t\n\"\\%é€\u{7f}".utf8) + [0xff, 0xc3, 0x01]
    let count = min(byteCountMax, Int.random(in: lengths, using: &self))
    let bytes = (0..<count).map { _ in odd.randomElement(using: &self) ?? 1 }
    return FileName.isComponent(bytes) || bytes.isEmpty ? bytes[...] : [97]
  }

  mutating func loc() -> Loc {
    Bool.random(using: &self)
      ? Loc(gfid: gfid()) : Loc(gfid: .null, parent: gfid(), name: name())
  }

  mutating func dict() -> [DictEntry] {
    (0..<Int.random(in: 0...(byteCountMax < 100 ? 1 : 4), using: &self)).map { _ in
      DictEntry(
        key: name(1...200), value: bytes(min(byteCountMax, Int.random(in: 0...300, using: &self))))
    }
  }

  mutating func attributes() -> Attributes {
    func time(_ random: inout SeededGenerator) -> JournalTime {
      JournalTime(seconds: random.integer(as: UInt32.self), nanoseconds: random.integer())
    }
    return Attributes(
      layout: Bool.random(using: &self) ? .wide : .narrow, mode: UInt32(next() & 0o7777),
      uid: integer(), gid: integer(), atime: time(&self), mtime: time(&self))
  }

  mutating func value(_ kind: FieldKind) -> FieldValue {
    switch kind {
    case .loc: .loc(loc())
    case .gfid: .gfid(gfid())
    case .u32: .u32(integer())
    case .i32: .i32(integer())
    case .u64: .u64(integer())
    case .i64: .i64(integer())
    case .payload: .u64(next() % 100)
    case .stringBeforeLoc, .stringBeforeXdata:
      .string(next() % 4 == 0 ? nil : name(0...1000))
    case .dict: .dict(dict())
    case .iatt: .attributes(attributes())
    }
  }

  /// A request whose fields hold anything that the format can carry.
  mutating func request(_ fop: Fop) -> Request {
    var values = fop.layout.map { value($0.kind) }
    for (index, field) in fop.layout.enumerated() where field.kind == .stringBeforeLoc {
      // A symlink's own loc has no GFID yet; the string's end could not be found otherwise.
      values[index + 1] = .loc(Loc(gfid: .null, parent: gfid(), name: name()))
    }
    // In a narrow iatt, valid 0 behind an mtime without nanoseconds may read as a wide one.
    if let valid = fop.layout.firstIndex(where: { $0.name == .valid }) { values[valid] = .i32(7) }
    return Request(fop: fop, values: values)
  }
}
