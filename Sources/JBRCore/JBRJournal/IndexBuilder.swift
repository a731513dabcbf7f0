/// Makes the index of a term from its log: the same log gives the same pages.
struct IndexBuilder {
  /// Writes pages one behind the other, many at a time.
  private struct PageWriter {
    static let batch = 64 * IndexPage.byteCount
    let file: any DiskFile
    let seed: UInt64
    var position: Int
    private var content: [UInt8] = []
    private var buffer: [UInt8] = []

    init(_ file: any DiskFile, seed: UInt64, position: Int) {
      self.file = file
      self.seed = seed
      self.position = position
    }

    /// The number of the next page in the file.
    var pageNumber: UInt64 { UInt64((position + buffer.count) / IndexPage.byteCount) }

    /// Adds an entry, which never lies in two pages.
    mutating func add(_ numbers: UInt64...) throws(Failure) {
      if content.count + numbers.count * 8 > IndexPage.contentByteCount { try endPage() }
      for number in numbers { content.append(integer: number) }
    }

    mutating func endPage() throws(Failure) {
      guard !content.isEmpty else { return }
      try add(page: content)
      content.removeAll(keepingCapacity: true)
    }

    mutating func add(page: [UInt8]) throws(Failure) {
      buffer += IndexPage.sealed(page, at: position + buffer.count, seed: seed)
      if buffer.count >= Self.batch { try flush() }
    }

    mutating func flush() throws(Failure) {
      try file.write(buffer[...], at: position)
      position += buffer.count
      buffer.removeAll(keepingCapacity: true)
    }
  }

  private let file: any DiskFile
  private let header: FileHeader
  private var pages: PageWriter
  private let offsets: IndexSorter
  private let entities: IndexSorter
  private let objects: IndexSorter

  /// `file` takes the index and is empty; `scratch` gives empty files for sorting.
  init(
    _ header: FileHeader, into file: any DiskFile, scratch: () throws(Failure) -> any DiskFile
  ) throws(Failure) {
    self.file = file
    self.header = header
    let start = IndexRoot.offset + IndexPage.byteCount
    pages = PageWriter(file, seed: header.seed, position: start)
    offsets = IndexSorter(try scratch())
    entities = IndexSorter(try scratch())
    objects = IndexSorter(try scratch())
  }

  /// Reads a term through, or up to an offset of its log, and writes its index; the answer is the
  /// root.
  ///
  /// - Throws: a `damaged` failure for a log that is damaged, errors of the disk.
  mutating func build(_ files: TermFiles, upTo end: Int = .max) throws(Failure) -> IndexRoot {
    var reader = try TermReader(files)
    var requests: UInt64 = 0
    // Where readers go on: at a trailer, which they must see, and not behind it.
    var sealed: LogPoint?
    while (reader.resumePoint?.offset ?? 0) < end, let item = try reader.next() {
      switch item {
      case .damage(let damage): throw damage.failure
      case .request(let record, let request, _, _, _):
        requests += 1
        try add(request, record.header.index, UInt64(record.offset))
      case .event(let record, .sealed):
        sealed = record.point
      case .event, .end: continue
      }
    }
    guard let point = sealed ?? reader.resumePoint else {
      throw Failure(.damaged, "is damaged up to its end", path: files.events?.path)
    }
    var root = IndexRoot(
      log: reader.seed, covered: UInt64(point.offset), sequence: point.sequence,
      previous: point.previous)
    root.requests = requests
    try writeSections(&root, reader.content)
    try file.write(header.encoded[...], at: 0)
    let page = IndexPage.sealed(root.encoded, at: IndexRoot.offset, seed: header.seed)
    try file.write(page[...], at: IndexRoot.offset)
    return root
  }

  private func add(_ request: Request, _ index: UInt64, _ offset: UInt64) throws(Failure) {
    try offsets.add(IndexPosting(key: index, offset: offset))
    for entity in request.indexedEntities {
      try entities.add(IndexPosting(key: entity.key, offset: offset))
    }
    if let size = request.indexedSize {
      try entities.add(
        IndexPosting(key: size.key, offset: offset, end: size.end, kind: size.isCut ? 1 : 2))
    }
    for object in request.indexedObjects {
      try objects.add(IndexPosting(key: object.indexKey, offset: offset))
    }
  }

  private mutating func writeSections(
    _ root: inout IndexRoot, _ content: TermContent
  ) throws(Failure) {
    (root[.offsets], _) = try write(offsets)
    let entityKeys: UInt64
    let objectKeys: UInt64
    (root[.entities], entityKeys) = try write(entities)
    (root[.objects], objectKeys) = try write(objects)
    try pages.flush()
    root[.entityFilter] = try writeFilter(of: root[.entities], keys: entityKeys)
    root[.objectFilter] = try writeFilter(of: root[.objects], keys: objectKeys)
    root[.states] = try write(content)
    try pages.flush()
  }

  /// Writes postings in order, and counts the different keys.
  private mutating func write(
    _ sorter: IndexSorter
  ) throws(Failure) -> (IndexRoot.Extent, keys: UInt64) {
    var pages = pages
    var extent = IndexRoot.Extent(firstPage: pages.pageNumber)
    var keys: UInt64 = 0
    var last: IndexPosting?
    var end: UInt64?
    try sorter.merge { posting throws(Failure) in
      let isNew = last?.key != posting.key
      if isNew { end = nil }
      if !isNew, last?.offset == posting.offset, posting.kind == 0 { return }
      // Of what only grows a file, only what made it longer than ever since it was cut.
      if posting.kind == 2, let longest = end, posting.end <= longest { return }
      if posting.kind != 0 { end = posting.end }
      if isNew { keys += 1 }
      last = posting
      extent.entryCount += 1
      try pages.add(posting.key, posting.offset)
    }
    try pages.endPage()
    extent.pageCount = pages.pageNumber - extent.firstPage
    self.pages = pages
    return (extent, keys)
  }

  /// Writes the filter of a section that is in the file already. Its keys come in the order of
  /// the filter's pages, so that one page at a time is enough.
  private mutating func writeFilter(
    of section: IndexRoot.Extent, keys: UInt64
  ) throws(Failure) -> IndexRoot.Extent {
    let count = IndexFilter.pageCount(keys: keys)
    let extent = IndexRoot.Extent(
      firstPage: pages.pageNumber, pageCount: count, entryCount: keys)
    let empty = [UInt8](repeating: 0, count: IndexPage.contentByteCount)
    var content = empty
    var current: UInt64 = 0
    var last: UInt64?
    var left = section.entryCount
    for number in 0..<section.pageCount {
      let offset = Int(section.firstPage + number) * IndexPage.byteCount
      let bytes = try file.read(at: offset, count: IndexPage.byteCount)
      for place in 0..<min(Int(clamping: left), IndexPage.postingCount) {
        let key: UInt64 = bytes[...].load(place * IndexPage.postingByteCount)
        guard key != last else { continue }
        last = key
        let page = IndexFilter.page(of: key, pageCount: count)
        while current < page {
          try pages.add(page: content)
          content = empty
          current += 1
        }
        IndexFilter.set(key, in: &content)
      }
      left -= min(left, UInt64(IndexPage.postingCount))
    }
    while current < count {
      try pages.add(page: content)
      content = empty
      current += 1
    }
    return extent
  }

  /// What has become of requests: kind (1 a run, 2 one without an index of its own, 3 one that a
  /// rollback overtook, 4 agreed) and state, first, last, sub.
  private mutating func write(_ content: TermContent) throws(Failure) -> IndexRoot.Extent {
    var pages = pages
    var extent = IndexRoot.Extent(firstPage: pages.pageNumber)
    func add(
      _ kind: UInt64, _ state: UInt8, _ first: UInt64, _ last: UInt64, _ sub: UInt32
    ) throws(Failure) {
      try pages.add(kind | UInt64(state) << 8, first, last, UInt64(sub))
      extent.entryCount += 1
    }
    for run in content.states.runs { try add(1, run.state.rawValue, run.first, run.last, 0) }
    for (id, state) in content.states.subs.sorted(by: { $0.key < $1.key }) {
      try add(2, state.rawValue, id.index, id.index, id.sub)
    }
    for id in content.states.overtaken.sorted() { try add(3, 0, id.index, id.index, id.sub) }
    for range in content.agreed.ranges { try add(4, 0, range.lowerBound, range.upperBound, 0) }
    try pages.endPage()
    extent.pageCount = pages.pageNumber - extent.firstPage
    self.pages = pages
    return extent
  }
}
