/// More findings of one file than a person reads.
let volfileFindingCountMax = 1000

/// What was read of a volfile, as far as it could be.
public struct ParsedVolfile: Sendable {
  /// The largest file that is read; 10,000 bricks take about 4 MiB.
  public static let byteCountMax = 64 << 20

  public var graph = VolumeGraph()
  /// What the grammar has against the file, in its order.
  public var findings: [VolfileFinding] = []
  /// The volumes of which something could not be read.
  public var brokenVolumes: Set<Int> = []

  /// The graph of a file in whose grammar nothing is wrong; the path is for the error.
  ///
  /// `isByName`: whether names must say which volume is meant, and none may be defined twice, which
  /// GlusterFS refuses.
  public func wholeGraph(path: String, isByName: Bool) throws(Failure) -> VolumeGraph {
    let problems = findings.isEmpty && isByName ? graph.duplicateVolumes() : findings
    guard let first = problems.first else { return graph }
    let others = problems.count > 1 ? " (and \(problems.count - 1) more; see check)" : ""
    throw Failure(
      .damaged, first.message + others, path: path,
      at: first.position.map { .position(line: $0.line, column: $0.column) })
  }

  /// What stands there before a word is read.
  static let empty = ParsedVolfile()

  private init() {}

  /// Reads a volfile. Nothing in it is ever run.
  public init(_ bytes: [UInt8]) {
    guard bytes.count <= Self.byteCountMax else {
      let message = "has more than \(Self.byteCountMax) bytes, which no volfile needs"
      findings = [VolfileFinding(.limit, at: nil, message)]
      return
    }
    let unfit = Self.unfit(bytes)
    var parser = VolfileParser(bytes, besides: unfit)
    parser.parse()
    self = parser.result
    // Of what is no volfile at all there is no more to say.
    if graph.volumes.isEmpty, let encoding = unfit.first(where: { $0.rule == .encoding }) {
      findings = [encoding]
    }
  }

  /// The bytes that no volfile may have, wherever they stand.
  private static func unfit(_ bytes: [UInt8]) -> [VolfileFinding] {
    // Files have none, so that looking for them is all that they cost.
    guard bytes.contains(where: { $0 == 0 || $0 == UInt8(ascii: "`") }) else { return [] }
    var findings: [VolfileFinding] = []
    var position = VolfilePosition(line: 1, column: 1)
    var isOpen = false
    var nulCount = 0
    for byte in bytes where findings.count < volfileFindingCountMax {
      if byte == UInt8(ascii: "`") {
        isOpen.toggle()
        if isOpen {
          // GlusterFS runs what stands between backticks, also in comments, before it reads a word.
          let message = "a backtick: GlusterFS would run what follows as a shell command"
          findings.append(VolfileFinding(.backtick, at: position, message))
        }
      }
      if byte == 0 {
        nulCount += 1
        if nulCount == 1 {
          let message = "a NUL byte; this is no text file"
          findings.append(VolfileFinding(.encoding, at: position, message))
        }
      }
      position.pass(byte)
    }
    return findings
  }
}

/// Reads volumes from tokens, and goes on behind an error at the next keyword.
struct VolfileParser {
  private typealias Comment = (text: String, line: Int)

  private var lexer: VolfileLexer
  private var token: VolfileToken
  private(set) var result = ParsedVolfile.empty
  /// Comments in front of the present token.
  private var leading: [Comment] = []
  /// Comments within the present statement, or on the line where it ends.
  private var inner: [String] = []
  /// The volume that is being read, and whether it is whole so far.
  private var volumeName: String?
  private var isBroken = false
  /// Whether a command stands in the present statement, which may print any words.
  private var isUnsure = false

  /// `findings` is what is wrong with the bytes as such.
  init(_ bytes: [UInt8], besides findings: [VolfileFinding]) {
    result.findings = findings
    lexer = VolfileLexer(bytes)
    token = VolfileToken(kind: .end, start: VolfilePosition(line: 1, column: 1), endLine: 0)
    advance()
  }

  mutating func parse() {
    if token.kind == .end { expected("'volume'") }
    while token.kind != .end, result.findings.count < volfileFindingCountMax {
      if token.kind == .keyword(.volume) {
        parseVolume()
      } else {
        expected("'volume'")
        while token.kind != .end, token.kind != .keyword(.volume) { advance() }
      }
    }
    result.graph.footer += leading.map { $0.text }
    finish()
  }

  private mutating func finish() {
    if lexer.isCutOff, !isBroken, !result.graph.volumes.isEmpty { lexer.sayRestIsDropped() }
    result.findings += lexer.findings
    result.findings.sort { left, right in
      guard let first = left.position, let second = right.position else { return false }
      return first < second
    }
    if result.findings.count >= volfileFindingCountMax {
      let message = "too many errors; the rest of the file was not read"
      result.findings.append(VolfileFinding(.limit, at: token.start, message))
    }
  }

  // MARK: Tokens

  private mutating func advance() {
    inner += leading.map { $0.text }
    leading = []
    let line = token.endLine
    while true {
      token = lexer.next()
      if case .word(let text) = token.kind, text.utf8.contains(UInt8(ascii: "`")) {
        isUnsure = true
      }
      guard case .comment(let text) = token.kind else { return }
      if token.start.line == line {
        inner.append(text)
      } else {
        leading.append((text, token.start.line))
      }
    }
  }

  private mutating func word() -> Word? {
    guard case .word(let text) = token.kind else { return nil }
    let word = Word(text, at: token.start)
    if !word.hasKnownText { isBroken = true }
    advance()
    return word
  }

  /// Passes a statement's keyword.
  /// - Returns: the comments that stand in front of it.
  private mutating func begin() -> [String] {
    let comments = leading.map { $0.text }
    leading = []
    inner = []
    isUnsure = false
    advance()
    return comments
  }

  private mutating func takeInner() -> [String] {
    defer { inner = [] }
    return inner
  }

  private mutating func fail(at position: VolfilePosition, _ message: String) {
    isBroken = true
    // What stands behind an unclosed quote was reported with it.
    if lexer.isCutOff { return }
    // What a command would print might be what is missing.
    if isUnsure { return }
    result.findings.append(
      VolfileFinding(.syntax, at: position, volume: volumeName, message))
  }

  private mutating func expected(_ what: String) {
    fail(at: token.start, "expected \(what), found \(token.description)")
  }

  // MARK: Statements

  private mutating func parseVolume() {
    if result.graph.volumes.isEmpty { takeHeader() }
    isBroken = false
    volumeName = nil
    let start = token.start
    let comments = begin()
    let name = word()
    volumeName = name?.text
    if name == nil { expected("the volume's name") }
    if name?.text.isEmpty == true { fail(at: start, "the volume's name is empty") }
    var volume = Volume(name: name ?? Word("", at: start), type: Word("", at: start))
    volume.comments = comments + takeInner()
    parseBody(&volume)
    if isBroken { result.brokenVolumes.insert(result.graph.volumes.count) }
    result.graph.volumes.append(volume)
    volumeName = nil
  }

  /// Comments that an empty line parts from the first volume are the file's.
  private mutating func takeHeader() {
    var next = token.start.line
    var kept = leading.count
    while kept > 0, leading[kept - 1].line + 1 == next {
      kept -= 1
      next = leading[kept].line
    }
    result.graph.header += leading[..<kept].map { $0.text }
    leading.removeFirst(kept)
  }

  private mutating func parseBody(_ volume: inout Volume) {
    var hasType = false
    var saidType = false
    while true {
      guard case .keyword(let keyword) = token.kind, keyword != .volume else { break }
      if !hasType, !saidType, keyword != .type {
        expected("'type'")
        saidType = true
      }
      switch keyword {
      case .type:
        parseType(&volume, isSecond: hasType)
        hasType = true
      case .option: parseOption(&volume)
      case .subvolumes: parseSubvolumes(&volume)
      case .endVolume:
        parseEnd(&volume, hasType: hasType)
        return
      case .volume: return
      }
      skipWords(hasType: hasType)
    }
    if case .word = token.kind {
      skipWords(hasType: false)
      return parseBody(&volume)
    }
    expected("'end-volume'")
  }

  /// Passes the words that no statement has a place for.
  private mutating func skipWords(hasType: Bool) {
    guard case .word = token.kind else { return }
    expected(hasType ? "'option', 'subvolumes' or 'end-volume'" : "'type'")
    while case .word = token.kind { advance() }
  }

  private mutating func parseType(_ volume: inout Volume, isSecond: Bool) {
    let start = token.start
    let comments = begin()
    if isSecond { fail(at: start, "a second 'type'; a volume has one") }
    guard let type = word() else { return expected("the volume's type") }
    if !isSecond { volume.type = type }
    volume.comments += comments + takeInner()
  }

  private mutating func parseOption(_ volume: inout Volume) {
    let comments = begin()
    guard let key = word() else { return expected("the option's name") }
    guard let value = word() else {
      return expected("the value of option \(quoted(key.text))")
    }
    var option = VolumeOption(key, value)
    option.comments = comments + takeInner()
    volume.options.append(option)
  }

  private mutating func parseSubvolumes(_ volume: inout Volume) {
    let start = token.start
    let comments = begin()
    if !volume.subvolumes.isEmpty {
      fail(at: start, "a second 'subvolumes'; name them all in one")
    }
    var names: [Word] = []
    while let name = word() { names.append(name) }
    if names.isEmpty { expected("the name of a subvolume") }
    volume.subvolumes += names
    volume.subvolumesComments += comments + takeInner()
  }

  private mutating func parseEnd(_ volume: inout Volume, hasType: Bool) {
    if volume.options.isEmpty, volume.subvolumes.isEmpty, !isBroken {
      expected("an option or subvolumes, of which a volume needs at least one")
    }
    volume.endComments = begin() + takeInner()
  }
}
