/// Takes out of a journal's requests what users wrote: contents, names, targets and xattrs.
///
/// What is left has the same structure: each name becomes another one of the same length, always
/// the same for the same name and never the same for two; contents and values become zeros of the
/// same length. GFIDs, ids, modes, owners, ACLs, times and offsets stay, and so do the keys of
/// xattrs that the system itself gives a meaning. Digests of what was there, by which a guess could
/// be tried, do not.
public struct Redaction {
  /// How many names of letters are tried.
  private static let letterNameMax = 20
  /// More than there are names of two bytes.
  private static let nextNameMax = 1 << 17
  private let salt: UInt64
  private var names: [[UInt8]: [UInt8]] = [:]
  private var taken: Set<[UInt8]> = Set(RedactedKey.kept.map { [UInt8]($0.rest.utf8) })
  /// What the digests of requests have become, for the events that name them.
  private var digests: [Digest: Digest] = [:]

  /// `salt`: a random number, without which nobody can tell by trying what a name was.
  public init(salt: UInt64) { self.salt = salt }

  /// Learns all requests of a journal, since an event may name one that comes later.
  public mutating func learn(_ files: JournalFiles) throws(Failure) {
    var reader = try JournalReader(files)
    while let item = try reader.next() {
      if case .record = item { _ = redact(item) }
    }
  }

  /// The same item without what users wrote.
  public mutating func redact(_ item: JournalItem) -> JournalItem {
    switch item {
    case .record(var record):
      let old = record.details?.digest
      record.record.request = redact(record.request)
      if let payload = record.payload {
        record.payload = Payload(
          source: ZeroSource(count: payload.count), offset: 0, count: payload.count)
      }
      // Its content is known to be readable, as no zeros can fail.
      if let old, let new = try? record.request.contentDigest(payload: record.payload) {
        digests[old] = new
      }
      return .record(record)
    case .event(var event):
      event.event = redact(event.event)
      return .event(event)
    default: return item
    }
  }

  private mutating func redact(_ event: Event) -> Event {
    switch event {
    case .state(let state, let last, let results):
      return .state(state, last: last, results: results.map { redact($0, isXdata: false) })
    case .rollback(let digest): return .rollback(redact(digest))
    case .opened(let attempt, let leader):
      return .opened(attempt: attempt, leader: redact(name: leader)[...])
    case .decision(var decision):
      for index in decision.participants.indices {
        decision.participants[index].name = redact(name: decision.participants[index].name)[...]
      }
      for table in decision.tables.indices {
        decision.tables[table].digest = redact(decision.tables[table].digest)
        for index in decision.tables[table].forward.indices {
          let old = decision.tables[table].forward[index].digest
          decision.tables[table].forward[index].digest = redact(old)
        }
      }
      return .decision(decision)
    default: return event
    }
  }

  /// That of the redacted request; of one that is not here a number that nobody can try.
  private func redact(_ digest: Digest) -> Digest {
    // Zeros mean that it is not known.
    if digest == Digest(high: 0, low: 0) { return digest }
    if let known = digests[digest] { return known }
    var bytes: [UInt8] = []
    for half in [salt, digest.high, digest.low] { bytes.append(integer: half) }
    return Digest(of: bytes)
  }

  mutating func redact(_ request: Request) -> Request {
    var request = request
    for (index, field) in request.fop.layout.enumerated() {
      switch request.values[index] {
      case .loc(var loc):
        loc.name = loc.name.map { redact(name: $0)[...] }
        request.values[index] = .loc(loc)
      case .string(let bytes?):
        let new = field.name == .linkpath ? redact(path: bytes) : redact(key: bytes, isXdata: false)
        request.values[index] = .string(new)
      case .dict(let entries):
        let isXdata = field.name == .xdata
        request.values[index] = .dict(entries.map { redact($0, isXdata: isXdata) })
      default: continue
      }
    }
    return request
  }

  /// A symlink's target, component by component.
  private mutating func redact(path: ByteView) -> ByteView {
    var parts: [[UInt8]] = []
    for part in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      let isPlain = part.isEmpty || part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8)
      parts.append(isPlain ? [UInt8](part) : redact(name: part))
    }
    return ByteView(parts.joined(separator: [UInt8(ascii: "/")]))
  }

  private mutating func redact(_ entry: DictEntry, isXdata: Bool) -> DictEntry {
    if RedactedKey.keepsValue(entry, isXdata: isXdata) { return entry }
    return DictEntry(
      key: redact(key: entry.key, isXdata: isXdata),
      value: ByteView(repeatElement(0, count: entry.value.count)))
  }

  private mutating func redact(key: ByteView, isXdata: Bool) -> ByteView {
    let count = RedactedKey.keptByteCount(key, isXdata: isXdata)
    return key.prefix(count) + redact(name: key.dropFirst(count))
  }

  /// Another name of the same length, which stands for no other name.
  private mutating func redact(name: ByteView) -> [UInt8] {
    let old = [UInt8](name)
    if old.isEmpty { return [] }
    if let known = names[old] { return known }
    let letters = [UInt8]("abcdefghijklmnopqrstuvwxyz234567".utf8)
    var seed = xxh3(old, seed: salt)
    var new: [UInt8] = []
    for _ in 0..<Self.letterNameMax {
      new = (0..<old.count).map { position in
        seed = (seed &+ UInt64(position)) &* 0x9e37_79b9_7f4a_7c15
        return letters[Int(seed >> 59)]
      }
      if isFree(new) { break }
    }
    // Of names of a byte or two there may be more than letters: the next that is free. There is
    // one, as there are no more old names than new ones; keys that are no names may use them up.
    var tries = 0
    while tries < Self.nextNameMax, !isFree(new) {
      tries += 1
      Self.count(up: &new)
    }
    taken.insert(new)
    names[old] = new
    return new
  }

  private func isFree(_ name: [UInt8]) -> Bool {
    FileName.isComponent(name) && !taken.contains(name)
  }

  /// The next of all strings of a length.
  private static func count(up name: inout [UInt8]) {
    for index in name.indices {
      name[index] &+= 1
      if name[index] != 0 { return }
    }
  }
}

/// Which keys of xattrs and of xdata are structure, and which are names.
private enum RedactedKey {
  /// Keys that the system gives a meaning, in their namespaces.
  static let kept: [(namespace: String, rest: String)] = [
    ("system.", "posix_acl_access"), ("system.", "posix_acl_default"),
    ("security.", "selinux"), ("security.", "capability"), ("security.", "ima"),
    ("security.", "evm"), ("trusted.", "gfid"), ("trusted.afr.", "dirty"),
    ("trusted.jbr.", "term"), ("trusted.jbr.", "index"), ("trusted.glusterfs.", "dht"),
    ("trusted.glusterfs.", "dht.linkto"), ("trusted.glusterfs.", "mdata"),
    ("trusted.glusterfs.", "volume-id"), ("trusted.glusterfs.", "shard.block-size"),
    ("trusted.glusterfs.", "shard.file-size"), ("trusted.ec.", "version"),
    ("trusted.ec.", "size"), ("trusted.ec.", "dirty"), ("trusted.ec.", "config"),
  ]
  private static let whole = Set(kept.map { [UInt8](($0.namespace + $0.rest).utf8) })
  /// The longer ones first.
  private static let namespaces = [
    "trusted.afr.", "trusted.jbr.", "trusted.glusterfs.", "trusted.ec.", "trusted.", "system.",
    "security.", "user.", "glusterfs.",
  ].map { [UInt8]($0.utf8) }

  /// How much of a key's beginning stays: all, a namespace, or nothing. A key of xdata without a
  /// namespace is an order to GlusterFS.
  static func keptByteCount(_ key: ByteView, isXdata: Bool) -> Int {
    if whole.contains([UInt8](key)) { return key.count }
    if let namespace = namespaces.first(where: { key.starts(with: $0) }) { return namespace.count }
    return isXdata ? key.count : 0
  }

  /// Whether a value is a number or an id that the journal itself needs, or an ACL, which says no
  /// more than modes and owners do.
  static func keepsValue(_ entry: DictEntry, isXdata: Bool) -> Bool {
    switch String(decoding: entry.key, as: UTF8.self) {
    case "gfid-req": isXdata && entry.value.count == 16
    case "trusted.jbr.term", "trusted.jbr.index", "rollback-fop":
      isXdata && isNumber(entry.value)
    case "system.posix_acl_access", "system.posix_acl_default": isAccessList(entry.value)
    default: false
    }
  }

  private static func isNumber(_ value: ByteView) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return value.count <= 21 && value.last == 0 && value.dropLast().allSatisfy(digits.contains)
  }

  /// Version 2, then entries of a tag, permissions and an id.
  private static func isAccessList(_ value: ByteView) -> Bool {
    guard value.count >= 4, value.count % 8 == 4, value.load(0, as: UInt32.self) == 2 else {
      return false
    }
    return stride(from: 4, to: value.count, by: 8).allSatisfy { place in
      let (tag, permissions): (UInt16, UInt16) = (value.load(place), value.load(place + 2))
      return tag != 0 && tag <= 32 && tag & (tag - 1) == 0 && permissions < 8
    }
  }
}

/// So many zeros.
struct ZeroSource: ByteSource {
  let count: Int
  var path: String { "zeros" }

  func byteCount() -> Int { count }
  func read(at offset: Int, count wanted: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: max(0, min(wanted, count - offset)))
  }
}
