import Histories
import Testing

@testable import JBRCore

/// A journal without what users wrote, and with all else.
@Suite struct RedactionTests {
  /// Draws what users write, each of it once, and knows it again in any eight bytes.
  private struct Secrets {
    var random: SeededGenerator
    private(set) var pieces: Set<UInt64> = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func bytes(_ count: Int, as range: ClosedRange<UInt8> = 0...255) -> ByteView {
      var drawn: [UInt8] = []
      while drawn.count < count {
        let byte = UInt8.random(in: range, using: &random)
        if byte != UInt8(ascii: "/") { drawn.append(byte) }
      }
      for start in 0...(count - 8) { pieces.insert(drawn[...].load(start, as: UInt64.self)) }
      return drawn[...]
    }

    mutating func name() -> ByteView {
      bytes(Int.random(in: 12...255, using: &random), as: 1...255)
    }

    /// Where a secret's piece stands in bytes; nil if in none.
    func place(in bytes: [UInt8]) -> Int? {
      guard bytes.count >= 8 else { return nil }
      var window: UInt64 = 0
      for (index, byte) in bytes.enumerated() {
        window = window >> 8 | UInt64(byte) << 56
        if index >= 7, pieces.contains(window) { return index - 7 }
      }
      return nil
    }

    mutating func key() -> ByteView {
      let namespace = ["user.", "trusted.", "trusted.afr.", "security.", "glusterfs.", ""]
        .randomElement(using: &random)
      return ByteView((namespace ?? "").utf8) + bytes(20, as: 1...255)
    }

    mutating func entries() -> [DictEntry] { [DictEntry(key: key(), value: bytes(30))] }

    mutating func change() -> (Request, Payload?) {
      let gfid = random.gfid()
      func place(_ secrets: inout Secrets) -> FieldValue {
        .loc(Loc(gfid: .null, parent: .root, name: secrets.name()))
      }
      let object = FieldValue.loc(Loc(gfid: gfid))
      let extra = [DictEntry("system.posix_acl_access", [UInt8](bytes(28)))]
      let xdata = Request.xdata(
        gfid,
        extra + [DictEntry(key: ByteView("user.".utf8) + bytes(9, as: 1...255), value: bytes(9))])
      switch random.next() % 9 {
      case 0:
        return (Request(fop: .mkdir, values: [place(&self), .u32(0o755), .u32(0), xdata]), nil)
      case 1:
        let target = name() + [47] + ByteView("../".utf8) + name()
        return (
          Request(fop: .symlink, values: [.string(target), place(&self), .u32(0), xdata]), nil
        )
      case 2: return (Request(fop: .rename, values: [place(&self), place(&self), xdata]), nil)
      case 3: return (Request(fop: .removexattr, values: [object, .string(key()), xdata]), nil)
      case 4:
        return (Request(fop: .xattrop, values: [object, .i32(0), .dict(entries()), xdata]), nil)
      case 5:
        return (Request(fop: .setxattr, values: [object, .dict(entries()), .i32(0), xdata]), nil)
      default:
        let count = [8, 300, 900, 3000].randomElement(using: &random) ?? 8
        let request = Request.write(gfid, count: count, at: 0)
        return (request, Payload([UInt8](bytes(count))))
      }
    }
  }

  private static func redacted(_ files: JournalFiles, salt: UInt64) throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: 77)
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    var importer = JBRImporter(
      try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits))
    var redaction = Redaction(salt: salt)
    try redaction.learn(files)
    try JournalConversion.toJBR(files, &importer) { redaction.redact($0) }
    try importer.finish()
    return disk
  }

  /// Two terms with all events that name something, a rollback before its request among them.
  private static func journal(_ secrets: inout Secrets) throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: 5)
    var superblock = JournalWorkload.superblock()
    superblock.name = [UInt8](secrets.name())
    try JournalWriter.create(on: disk, directory: "j", superblock: superblock)
    let journal = try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits)
    for term in [Term(1), Term(3)] {
      let leader = String(decoding: secrets.bytes(40, as: 97...122), as: UTF8.self)
      try journal.open(term, leader: leader)
      let (late, content) = secrets.change()
      let digest = try late.contentDigest(payload: content)
      _ = try journal.commit([.rollback(index: 21, sub: 0, digest: digest)])
      for _ in 1...20 {
        let (request, payload) = secrets.change()
        _ = try journal.commit([.request(NewRequest(request, payload: payload))])
      }
      _ = try journal.commit([.request(NewRequest(late, payload: content, index: 21))])
      let forward = DecisionRecord.Forward(index: 21, sub: 0, digest: digest, client: .null)
      let table = DecisionRecord.Table(term: term, digest: digest, forward: [forward])
      _ = try journal.commit([
        .state(.inProgress, index: 2, sub: 0, last: 2, results: secrets.entries()),
        .agreed(first: 1, last: 3, byDecision: false),
        .decision(
          DecisionRecord(
            attempt: Term(9), terms: 1...1,
            participants: [.init(name: secrets.name(), vouched: true)], tables: [table])),
      ])
    }
    return disk
  }

  private struct Shape: Equatable {
    var lines: [String] = []
    /// For each rollback and decision, the requests that its digests are of.
    var named: [String] = []

    init(_ files: JournalFiles) throws {
      var items: [JournalItem] = []
      var ids: [Digest: RequestID] = [:]
      var reader = try JournalReader(files)
      while let item = try reader.next() {
        items.append(item)
        if case .record(let record) = item, let digest = record.details?.digest {
          ids[digest] = record.id
        }
      }
      for item in items { take(item, ids) }
    }

    private mutating func take(_ item: JournalItem, _ ids: [Digest: RequestID]) {
      switch item {
      case .record(let record):
        let request = record.request
        let counts = request.values.map { value -> String in
          switch value {
          case .loc(let loc): "\(loc.gfid) \(loc.parent) \(loc.name?.count ?? -1)"
          case .string(let bytes): "\(bytes?.count ?? -1)"
          case .dict(let entries): "\(entries.map { [$0.key.count, $0.value.count] })"
          default: "\(value)"
          }
        }
        lines.append("\(record.id) \(request.fop) \(counts) \(record.payload?.count ?? 0)")
      case .event(let event):
        switch event.event {
        case .rollback(let digest): named.append("\(ids[digest]?.description ?? "none")")
        case .decision(let decision):
          for forward in decision.tables.flatMap(\.forward) {
            named.append("\(ids[forward.digest]?.description ?? "none")")
          }
        case .state(let state, let last, let results):
          lines.append("\(state) \(last) \(results.map(\.value.count))")
        default: lines.append("\(event.event.type)")
        }
      case .termEnd(let end): lines.append("\(end.term) \(end.content.totals.requests)")
      default: lines.append("\(item)")
      }
    }
  }

  @Test(arguments: seeds(4))
  func nothingThatUsersWroteRemainsAndTheShapeDoes(seed: UInt64) throws {
    var secrets = Secrets(seed: seed)
    let disk = try Self.journal(&secrets)
    let original = try JournalSample(disk)
    #expect(original.files.values.contains { secrets.place(in: $0) != nil })
    let written = try Self.redacted(try original.found(), salt: seed)
    let copy = try JournalSample(written)
    for (name, bytes) in copy.files {
      #expect(secrets.place(in: bytes) == nil, "\(name) of seed \(seed)")
    }
    let files = try JBRDirectory.files("j", on: written)
    var verifier = JBRVerifier(
      journal: "j", files: files, indices: IndexMaker(on: SimulatedDisk(), directory: "t"))
    var lines = LineWriter(MemoryByteSink())
    try verifier.run(to: &lines)
    #expect(verifier.verdict == .clean)
    let (before, after) = (try Shape(try original.found()), try Shape(files))
    #expect(before == after)
    #expect(before.named.count { $0 != "none" } == 4)
  }

  /// Folds of both journals: one tree is the other with its names exchanged.
  @Test(arguments: seeds(6)) func theTreeIsTheSameButForItsNames(seed: UInt64) throws {
    var generator = ChangeGenerator(seed: seed)
    let (brick, other) = (ModelBrick.empty(), ModelBrick.empty())
    var redaction = Redaction(salt: seed)
    for index in 1...200 as ClosedRange<UInt64> {
      let change = generator.change(brick, index: index)
      let record = JournalRecord(
        id: RequestID(term: Term(1), index: index),
        record: Record(request: change.request, offset: 0, byteCount: 0, payloadOffset: 0),
        payload: change.payload, run: 1, fileNumber: 1, path: "", ordinal: 1)
      guard case .record(let new) = redaction.redact(.record(record)) else { continue }
      change.apply(to: brick)
      try? FopSemantics.apply(new.request, payload: new.payload, to: other)
    }
    var exchanged: [ByteView: ByteView] = [:]
    let there = Dictionary(grouping: other.names.filter { $0.value.value != nil }) { $0.key.parent }
    for (name, written) in brick.names where written.value != nil {
      let same = there[name.parent]?.filter { $0.value.value == written.value } ?? []
      #expect(!same.isEmpty, "seed \(seed)")
      guard same.count == 1, let new = same.first?.key.name else { continue }
      #expect(exchanged[name.name] ?? new == new, "seed \(seed)")
      exchanged[name.name] = new
    }
    #expect(Set(exchanged.values).count == exchanged.count && exchanged.count > 2)
    #expect(brick.names.count { $0.value.value != nil } == there.values.joined().count)
    #expect(brick.objects.keys.sorted() == other.objects.keys.sorted())
    for (gfid, object) in brick.objects {
      let twin = try #require(other.objects[gfid])
      #expect(twin.type == object.type && twin.size?.value == object.size?.value)
      #expect(twin.names.count == object.names.count && twin.mode?.value == object.mode?.value)
      #expect(try brick.xattrs(gfid).count == other.xattrs(gfid).count)
    }
  }

  private func names(_ names: [[UInt8]]) -> [ByteView] {
    var redaction = Redaction(salt: 3)
    return names.compactMap { name in
      let request = Request(
        fop: .unlink,
        values: [.loc(Loc(gfid: .null, parent: .root, name: name[...])), .i32(0), .dict([])])
      return redaction.redact(request).loc(.loc)?.name
    }
  }

  @Test func allNamesOfOneByteStayApart() {
    let all = (1...255).map { [UInt8($0)] }.filter { FileName.isComponent($0) }
    let new = names(all)
    #expect(new.count == 253 && Set(new).count == 253)
    #expect(new.allSatisfy { FileName.isComponent($0) && $0.count == 1 })
    #expect(names([[97], [98], [97]]).first == names([[97], [98], [97]]).last)
  }

  @Test func targetsKeepTheirDotsAndSlashes() throws {
    var redaction = Redaction(salt: 4)
    let request = redaction.redact(.symlink("name", .root, to: "/../name/./other//"))
    let target = try #require(request.string(.linkpath)).split(
      separator: 47, omittingEmptySubsequences: false)
    #expect(target.map(\.count) == [0, 2, 4, 1, 5, 0, 0])
    #expect(target[2] == request.loc(.loc)?.name)
    #expect(target[1].elementsEqual("..".utf8) && target[3].elementsEqual(".".utf8))
    #expect(!target[2].elementsEqual("name".utf8))
  }

  @Test func keysThatTheSystemDefinesStayAndOthersKeepTheirNamespace() throws {
    var redaction = Redaction(salt: 5)
    let list: [UInt8] = [2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255]
    for key in ["system.posix_acl_access", "security.selinux", "trusted.glusterfs.dht"] {
      let new = redaction.redact(.setxattr(.root, key, list)).entries(.dict)
      #expect(new.first?.key == ByteView(key.utf8))
      let isKept = key.contains("acl")
      #expect(new.first?.value == (isKept ? list : [UInt8](repeating: 0, count: 12))[...])
    }
    for (key, kept) in [
      ("user.mine", "user."), ("trusted.mine", "trusted."), ("trusted.afr.vol", "trusted.afr."),
      ("gfid-req", ""), ("plain", ""),
    ] {
      let set = try #require(redaction.redact(.setxattr(.root, key, list)).entries(.dict).first)
      #expect(set.key.count == key.utf8.count && set.key.starts(with: kept.utf8))
      #expect(set.key != ByteView(key.utf8) && set.value.isZero)
      // The same key wherever it stands.
      #expect(redaction.redact(.removexattr(.root, key)).string(.name) == set.key)
    }
    let xdata = [DictEntry("glusterfs.x", [1]), DictEntry("rollback-fop", Array("9x".utf8))]
    let new = redaction.redact(.mkdir("a", .root, xdata: xdata)).entries(.xdata)
    #expect(new.first == DictEntry("gfid-req", GFID.root.bytes))
    #expect(new.dropFirst().allSatisfy { $0.value.isZero })
  }
}
