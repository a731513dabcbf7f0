import JBRCore

/// Journals that are measured by replaying them onto an empty brick.
extension Bench {
  /// What each small file holds.
  private static let smallByteCount = 4096
  private static let filesPerDirectory = 1000
  /// What GlusterFS sends at once.
  private static let largeWriteByteCount = 128 << 10

  /// Scattered as random ones are: handles lie in as many directories as on any brick. The
  /// peer in C makes the same.
  private static func gfid(_ number: Int) -> GFID {
    let seed = UInt64(bitPattern: Int64(number))
    return GFID(
      high: scattered(seed) & ~0xf000 | 0x4000, low: scattered(~seed) >> 2 | 0x8000_0000_0000_0000)
  }

  /// The finalizer of splitmix64.
  private static func scattered(_ number: UInt64) -> UInt64 {
    var mixed = number &* 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  private static func made(_ gfid: GFID) -> FieldValue {
    .dict([DictEntry("gfid-req", gfid.bytes)])
  }

  private static func place(_ name: String, in parent: GFID) -> FieldValue {
    .loc(Loc(gfid: .null, parent: parent, name: ByteView(name.utf8)))
  }

  private static func create(_ name: String, _ gfid: GFID, in parent: GFID) -> Request {
    Request(
      fop: .create,
      values: [
        place(name, in: parent), .i32(0o102), .u32(0o100644), .u32(0), .gfid(.null), made(gfid),
      ])
  }

  private static func write(_ gfid: GFID, at offset: Int, count: Int) -> Request {
    Request(
      fop: .writev,
      values: [.gfid(gfid), .u64(UInt64(count)), .i64(Int64(offset)), .u32(0x8001), .dict([])])
  }

  /// One directory for each thousand files, made in the group of its first file.
  static func small(_ number: Int, _ content: Payload) -> [NewRequest] {
    let (file, directory) = (gfid(number), gfid(-1 - number / filesPerDirectory))
    var requests: [NewRequest] = []
    if number % filesPerDirectory == 0 {
      requests.append(
        NewRequest(
          Request(
            fop: .mkdir,
            values: [
              place("d\(number / filesPerDirectory)", in: .root), .u32(0o755), .u32(0),
              made(directory),
            ])))
    }
    let time = JournalTime(seconds: 1_700_000_000 + number, nanoseconds: 5)
    let attributes = Attributes(
      layout: .wide, mode: 0o640, uid: 1000, gid: 1000, atime: time, mtime: time)
    requests.append(NewRequest(create("f\(number)", file, in: directory)))
    requests.append(
      NewRequest(write(file, at: 0, count: content.count), payload: content))
    requests.append(
      NewRequest(
        Request(
          fop: .setattr,
          values: [.loc(Loc(gfid: file)), .attributes(attributes), .i32(0x37), .dict([])])))
    requests.append(
      NewRequest(
        Request(
          fop: .setxattr,
          values: [
            .loc(Loc(gfid: file)), .dict([DictEntry("user.bench", [1, 2, 3, 4])]), .i32(0),
            .dict([]),
          ])))
    return requests
  }

  /// Small files: create, write 4 KiB, setattr of all, setxattr.
  func smallFiles() throws {
    let content = Payload((0..<Self.smallByteCount).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    let writer = try open(WriterLimits())
    var group: [NewEvent] = []
    for number in 0..<option("files", 100_000) {
      group += Self.small(number, content).map { .request($0) }
      if group.count >= 1000 {
        _ = try writer.commit(group)
        group = []
      }
    }
    if !group.isEmpty { _ = try writer.commit(group) }
    try writer.close(Term(1))
  }

  /// One large file, in writes of 128 KiB.
  func largeFile() throws {
    let count = Self.largeWriteByteCount
    let content = Payload((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 11 &+ $0 >> 8) })
    let writer = try open(WriterLimits())
    let file = Self.gfid(1)
    _ = try writer.commit([.request(NewRequest(Self.create("large", file, in: .root)))])
    let writes = option("bytes", 4 << 30) / count
    for first in stride(from: 0, to: writes, by: 64) {
      _ = try writer.commit(
        (first..<min(writes, first + 64)).map {
          .request(NewRequest(Self.write(file, at: $0 * count, count: count), payload: content))
        })
    }
    try writer.close(Term(1))
  }
}
