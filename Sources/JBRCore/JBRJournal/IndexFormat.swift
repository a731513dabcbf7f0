/// The pages of an index, byte by byte. See docs/journal-index.md.
enum IndexPage {
  static let byteCount = 4096
  /// What a page holds in front of its checksum.
  static let contentByteCount = byteCount - 8
  static let postingByteCount = 16
  static let postingCount = contentByteCount / postingByteCount
  static let stateByteCount = 32
  static let stateCount = contentByteCount / stateByteCount
  static let filterBitCount = UInt64(contentByteCount * 8)

  /// A page with its checksum.
  static func sealed(_ content: [UInt8], at offset: Int, seed: UInt64) -> [UInt8] {
    var page = content
    page += [UInt8](repeating: 0, count: contentByteCount - content.count)
    page.append(integer: xxh3(page, seed: seed ^ UInt64(offset)))
    return page
  }
}

/// What an index holds, in the order of the root's table.
enum IndexSection: Int, CaseIterable {
  /// Records by index.
  case offsets
  /// Records by `IndexEntity`.
  case entities
  /// Records by the objects that they name.
  case objects
  case entityFilter
  case objectFilter
  /// What has become of requests up to where the index reaches.
  case states
}

/// The page behind an index's header: what log it is of, how far it reaches, where what is.
///
///     offset  size  field
///     0       8     log          the event log's seed
///     8       8     covered      every record before this offset of the log is filed
///     16      8     sequence     of the record that begins there
///     24      8     previous     header_checksum of the record before it
///     32      8     requests     how many are filed
///     40      6·24  sections     u64 first page, u64 pages, u64 entries
struct IndexRoot: Equatable {
  struct Extent: Equatable {
    var firstPage: UInt64 = 0
    var pageCount: UInt64 = 0
    var entryCount: UInt64 = 0
  }

  static let offset = FileHeader.areaByteCount

  var log: UInt64
  var covered: UInt64
  var sequence: UInt64
  var previous: UInt64
  var requests: UInt64 = 0
  var sections = [Extent](repeating: Extent(), count: IndexSection.allCases.count)

  subscript(section: IndexSection) -> Extent {
    get { sections[section.rawValue] }
    set { sections[section.rawValue] = newValue }
  }

  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    for number in [log, covered, sequence, previous, requests] { bytes.append(integer: number) }
    for section in sections {
      bytes.append(integer: section.firstPage)
      bytes.append(integer: section.pageCount)
      bytes.append(integer: section.entryCount)
    }
    return bytes
  }

  /// Reads a page's content, whose checksum was right; the sections must lie in a file of
  /// `pageCount` pages. nil if they do not.
  init?(_ bytes: ByteView, pageCount: UInt64) {
    log = bytes.load(0)
    covered = bytes.load(8)
    sequence = bytes.load(16)
    previous = bytes.load(24)
    requests = bytes.load(32)
    for index in sections.indices {
      let place = 40 + index * 24
      let extent = Extent(
        firstPage: bytes.load(place), pageCount: bytes.load(place + 8),
        entryCount: bytes.load(place + 16))
      let (end, overflow) = extent.firstPage.addingReportingOverflow(extent.pageCount)
      guard !overflow, end <= pageCount else { return nil }
      sections[index] = extent
    }
  }

  init(log: UInt64, covered: UInt64, sequence: UInt64, previous: UInt64) {
    self.log = log
    self.covered = covered
    self.sequence = sequence
    self.previous = previous
  }
}

/// A Bloom filter in pages. A key belongs to one page, by its upper bits, and sets bits in it.
///
/// Keys are hashes already. With 10 bits a key and 7 bits set, 0.82 % of the keys that are not
/// there seem to be; a page's share of keys varies little, since it holds some 3,270.
enum IndexFilter {
  static let bitsPerKey: UInt64 = 10
  static let hashCount = 7

  static func pageCount(keys: UInt64) -> UInt64 {
    keys == 0 ? 0 : (keys * bitsPerKey + IndexPage.filterBitCount - 1) / IndexPage.filterBitCount
  }

  static func page(of key: UInt64, pageCount: UInt64) -> UInt64 {
    key.multipliedFullWidth(by: pageCount).high
  }

  /// The bits of a key in its page.
  static func bits(of key: UInt64) -> [Int] {
    // The page came from the upper bits, so that the bits must not depend on those alone.
    let mixed = (key ^ (key >> 29)) &* 0xbf58_476d_1ce4_e5b9
    let first = mixed >> 32
    let step = (mixed & 0xffff_ffff) | 1
    return (0..<UInt64(hashCount)).map { Int((first &+ $0 &* step) % IndexPage.filterBitCount) }
  }

  static func set(_ key: UInt64, in content: inout [UInt8]) {
    for bit in bits(of: key) { content[bit >> 3] |= 1 << UInt8(bit & 7) }
  }

  static func holds(_ key: UInt64, _ content: ByteView) -> Bool {
    bits(of: key).allSatisfy { content[content.startIndex + $0 >> 3] & 1 << UInt8($0 & 7) != 0 }
  }
}
