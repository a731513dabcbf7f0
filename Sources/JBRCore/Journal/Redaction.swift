/// Takes out of a journal's requests what users wrote: contents, names, targets and xattrs.
///
/// What is left has the same structure: each name becomes another one of the same length, always
/// the same for the same name; contents and values become zeros of the same length. GFIDs, ids,
/// modes, owners, times and offsets stay.
public struct Redaction {
  private let salt: UInt64
  private var names: [[UInt8]: [UInt8]] = [:]
  private var taken: Set<[UInt8]> = []
  /// What the digests of requests have become, for the events that name them.
  private var digests: [Digest: Digest] = [:]

  /// `salt`: a random number, without which nobody can tell by trying what a name was.
  public init(salt: UInt64) { self.salt = salt }

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
      return .state(state, last: last, results: results.map { redact($0) })
    case .rollback(let digest): return .rollback(digests[digest] ?? Digest(high: 0, low: 0))
    case .opened(let attempt, let leader):
      return .opened(attempt: attempt, leader: redact(name: leader)[...])
    case .decision(var decision):
      for index in decision.participants.indices {
        decision.participants[index].name = redact(name: decision.participants[index].name)[...]
      }
      for table in decision.tables.indices {
        for index in decision.tables[table].forward.indices {
          let old = decision.tables[table].forward[index].digest
          decision.tables[table].forward[index].digest = digests[old] ?? Digest(high: 0, low: 0)
        }
      }
      return .decision(decision)
    default: return event
    }
  }

  private mutating func redact(_ request: Request) -> Request {
    var request = request
    for index in request.values.indices {
      switch request.values[index] {
      case .loc(var loc):
        loc.name = loc.name.map { redact(name: $0)[...] }
        request.values[index] = .loc(loc)
      case .string(let bytes?): request.values[index] = .string(redact(path: bytes))
      case .dict(let entries): request.values[index] = .dict(entries.map { redact($0) })
      default: continue
      }
    }
    return request
  }

  /// A symlink's target, component by component, or an xattr's key.
  private mutating func redact(path: ByteView) -> ByteView {
    var parts: [[UInt8]] = []
    for part in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      let isPlain = part.isEmpty || part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8)
      parts.append(isPlain ? [UInt8](part) : redact(name: part))
    }
    return ByteView(parts.joined(separator: [UInt8(ascii: "/")]))
  }

  /// Keys whose values are numbers and ids that the journal itself needs.
  private static let structural: Set<String> = [
    "gfid-req", "trusted.jbr.term", "trusted.jbr.index", "rollback-fop",
  ]

  private mutating func redact(_ entry: DictEntry) -> DictEntry {
    if Self.structural.contains(String(decoding: entry.key, as: UTF8.self)) { return entry }
    var new = entry
    let namespace = [UInt8]("user.".utf8)
    if entry.key.starts(with: namespace), entry.key.count > namespace.count {
      new.key = ByteView(namespace + redact(name: entry.key.dropFirst(namespace.count)))
    }
    new.value = ByteView(repeatElement(0, count: entry.value.count))
    return new
  }

  /// Another name of the same length, which stands for no other name.
  private mutating func redact(name: ByteView) -> [UInt8] {
    let old = [UInt8](name)
    if let known = names[old] { return known }
    let letters = [UInt8]("abcdefghijklmnopqrstuvwxyz234567".utf8)
    var seed = xxh3(old, seed: salt)
    for attempt in 0..<2000 {
      var new: [UInt8] = []
      for position in 0..<old.count {
        seed = (seed &+ UInt64(position)) &* 0x9e37_79b9_7f4a_7c15
        // Names of one byte may need them all.
        let byte =
          attempt < 100 ? letters[Int(seed >> 59)] : UInt8(truncatingIfNeeded: seed >> 40)
        new.append(byte)
      }
      guard FileName.isComponent(new), taken.insert(new).inserted else { continue }
      names[old] = new
      return new
    }
    // As many names as there can be: one of them twice.
    return [UInt8](repeating: UInt8(ascii: "x"), count: old.count)
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
