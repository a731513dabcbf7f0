/// The index of one term, opened to find records by it. See docs/journal-index.md.
///
/// It is a hint: what it finds is read from the log and checked there, and whatever is wrong with
/// it makes the reader read the log instead.
public final class TermIndex {
  private let source: any ByteSource
  private let seed: UInt64
  let root: IndexRoot
  private var pages: [UInt64: [UInt8]] = [:]
  private static let cachedPageMax = 4096

  /// Opens an index.
  ///
  /// - Throws: a `damaged` failure where header or root cannot be read.
  init(_ source: any ByteSource) throws(Failure) {
    self.source = try source.opened()
    let area = try FileHeaderArea.read(self.source, kind: .index)
    seed = area.header.seed
    let pageCount = UInt64(try self.source.byteCount() / IndexPage.byteCount)
    let bytes = try Self.page(IndexRoot.offset, of: self.source, seed)
    guard let root = IndexRoot(bytes[...], pageCount: pageCount) else {
      throw Failure(
        .damaged, "its sections lie behind its end", path: source.path,
        at: .offset(IndexRoot.offset), field: "sections")
    }
    self.root = root
  }

  /// Opens a term's index if there is one that belongs to its log and reaches no further; nil
  /// else, and where it is damaged.
  static func usable(_ files: TermFiles, _ reader: TermReader) throws(Failure) -> TermIndex? {
    guard let source = files.index, let events = files.events else { return nil }
    let index: TermIndex
    do throws(Failure) { index = try TermIndex(source) } catch {
      guard error.status == .damaged || error.errno == 2 else { throw error }
      return nil
    }
    guard index.root.log == reader.seed,
      let covered = Int(exactly: index.root.covered), covered <= (try events.byteCount())
    else { return nil }
    return index
  }

  private static func page(
    _ offset: Int, of source: any ByteSource, _ seed: UInt64
  ) throws(Failure) -> [UInt8] {
    let bytes = try source.read(at: offset, count: IndexPage.byteCount)
    guard bytes.count == IndexPage.byteCount else {
      throw Failure(
        .damaged, "ends within a page", path: source.path, at: .offset(offset), field: "page")
    }
    let stated: UInt64 = bytes[...].load(IndexPage.contentByteCount)
    let found = xxh3(bytes[..<IndexPage.contentByteCount], seed: seed ^ UInt64(offset))
    guard stated == found else {
      throw Failure(
        .damaged,
        "its checksum does not match (expected \(stated.hexadecimal), found \(found.hexadecimal))",
        path: source.path, at: .offset(offset), field: "page")
    }
    return bytes
  }

  /// Reads all pages, so that each is compared with its checksum.
  func checkPages() throws(Failure) {
    let end = try source.byteCount()
    for offset in stride(from: IndexRoot.offset, to: end, by: IndexPage.byteCount) {
      _ = try Self.page(offset, of: source, seed)
    }
  }

  /// A page of a section, checked.
  private func page(_ number: UInt64) throws(Failure) -> [UInt8] {
    if let known = pages[number] { return known }
    let bytes = try Self.page(Int(number) * IndexPage.byteCount, of: source, seed)
    if pages.count >= Self.cachedPageMax { pages = [:] }
    pages[number] = bytes
    return bytes
  }

  /// Whether a key may have postings: false is certain.
  func mayHold(_ key: UInt64, _ filter: IndexSection) throws(Failure) -> Bool {
    let extent = root[filter]
    guard extent.pageCount > 0 else { return false }
    let number = extent.firstPage + IndexFilter.page(of: key, pageCount: extent.pageCount)
    return IndexFilter.holds(key, try page(number).prefix(IndexPage.contentByteCount))
  }

  /// Where the records begin that are filed under an entity, ascending.
  public func records(of entity: IndexEntity) throws(Failure) -> [UInt64] {
    guard try mayHold(entity.key, .entityFilter) else { return [] }
    return try postings(entity.key, .entities)
  }

  /// Where the records begin that name an object, ascending.
  public func records(of object: GFID) throws(Failure) -> [UInt64] {
    guard try mayHold(object.indexKey, .objectFilter) else { return [] }
    return try postings(object.indexKey, .objects)
  }

  /// Where the records of an index begin: the request, those without an index of their own behind
  /// it, and copies.
  public func records(of index: UInt64) throws(Failure) -> [UInt64] {
    try postings(index, .offsets)
  }

  private func entryCount(_ extent: IndexRoot.Extent, _ page: UInt64) -> Int {
    let before = page * UInt64(IndexPage.postingCount)
    guard before < extent.entryCount else { return 0 }
    return Int(min(extent.entryCount - before, UInt64(IndexPage.postingCount)))
  }

  private func postings(_ key: UInt64, _ section: IndexSection) throws(Failure) -> [UInt64] {
    let extent = root[section]
    guard extent.pageCount > 0 else { return [] }
    var found: [UInt64] = []
    var number = try firstPage(key, extent)
    while number < extent.pageCount {
      let bytes = try page(extent.firstPage + number)
      for place in 0..<entryCount(extent, number) {
        let here: UInt64 = bytes[...].load(place * IndexPage.postingByteCount)
        if here > key { return found }
        if here == key { found.append(bytes[...].load(place * IndexPage.postingByteCount + 8)) }
      }
      number += 1
    }
    return found
  }

  /// The first page that may hold a key: by interpolation, since keys lie evenly, and by
  /// bisection where they do not.
  private func firstPage(_ key: UInt64, _ extent: IndexRoot.Extent) throws(Failure) -> UInt64 {
    var low: UInt64 = 0
    var high = extent.pageCount - 1
    var (lowKey, highKey) = (UInt64.min, UInt64.max)
    var step = 0
    while low < high {
      // The last page whose first key is below the key lies in low...high.
      let middle: UInt64
      if step % 3 < 2, highKey > lowKey, key >= lowKey, key <= highKey {
        let share = (high - low).multipliedFullWidth(by: key - lowKey)
        let width = highKey - lowKey
        let guess = share.high < width ? width.dividingFullWidth(share).quotient : high - low
        middle = min(max(low + guess, low + 1), high)
      } else {
        middle = low + (high - low + 1) / 2
      }
      step += 1
      let first: UInt64 = try page(extent.firstPage + middle)[...].load(0)
      if first < key {
        (low, lowKey) = (middle, first)
      } else {
        (high, highKey) = (middle - 1, first)
      }
    }
    return low
  }

  /// What had become of requests where the index ends.
  func content(of term: Term) throws(Failure) -> TermContent {
    let extent = root[.states]
    var runs: [RequestStates.Run] = []
    var subs: [RequestID: RequestState] = [:]
    var overtaken: Set<RequestID> = []
    var agreed = AgreedRanges()
    var left = extent.entryCount
    for number in 0..<extent.pageCount {
      let bytes = try page(extent.firstPage + number)
      for place in 0..<min(Int(clamping: left), IndexPage.stateCount) {
        let entry = bytes[...].slice(place * IndexPage.stateByteCount, IndexPage.stateByteCount)
        let (kind, first, last): (UInt64, UInt64, UInt64) = (
          entry.load(0), entry.load(8), entry.load(16)
        )
        let id = RequestID(
          term: term, index: first, sub: UInt32(truncatingIfNeeded: entry.load(24, as: UInt64.self))
        )
        let state = RequestState(rawValue: UInt8(truncatingIfNeeded: kind >> 8))
        switch (kind & 0xff, state) {
        case (1, let state?): runs.append(.init(first: first, last: last, state: state))
        case (2, let state?): subs[id] = state
        case (3, _): overtaken.insert(id)
        case (4, _): agreed.insert(first, through: last)
        default: throw unknownState
        }
      }
      left -= min(left, UInt64(IndexPage.stateCount))
    }
    let states = RequestStates(term: term, runs: runs, subs: subs, overtaken: overtaken)
    guard let states else { throw unknownState }
    return TermContent(states: states, agreed: agreed)
  }

  private var unknownState: Failure {
    Failure(.damaged, "holds states that no writer stores", path: source.path, field: "states")
  }
}
