/// The words that have a meaning of their own unless they stand in quotes.
enum VolfileKeyword: String, Sendable {
  case volume, type, subvolumes, option
  case endVolume = "end-volume"

  init?(_ word: ArraySlice<UInt8>) {
    // The real parser takes this one spelling more.
    let text = String(decoding: word, as: UTF8.self)
    self.init(rawValue: text == "subvolumeS" ? "subvolumes" : text)
  }
}

/// The smallest part of a volfile.
struct VolfileToken {
  enum Kind: Equatable {
    case keyword(VolfileKeyword)
    case word(String)
    /// The text behind `#`, up to the end of the line.
    case comment(String)
    /// Behind the last token.
    case end
  }
  var kind: Kind
  var start: VolfilePosition
  /// The line on which the token ends; a quoted word may go over several.
  var endLine: Int

  /// For "expected …, found …".
  var description: String {
    switch kind {
    case .keyword(let keyword): "'\(keyword.rawValue)'"
    case .word(let text): quoted(text)
    case .comment: "a comment"
    case .end: "the end of the file"
    }
  }
}

/// Splits a volfile into tokens, as the real parser does.
///
/// Tokens need no space between them: a quote ends a bare word. `#` begins a comment only where
/// a word could begin.
struct VolfileLexer {
  private let bytes: [UInt8]
  private var index = 0
  private var position = VolfilePosition(line: 1, column: 1)
  private(set) var findings: [VolfileFinding] = []
  /// Whether an unclosed quote swallowed the rest of the file, so that nothing can be said of it.
  private(set) var isCutOff = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> VolfileToken {
    skipSpace()
    let start = position
    guard index < bytes.count else { return token(.end, start) }
    switch bytes[index] {
    case UInt8(ascii: "#"): return token(.comment(comment()), start)
    case UInt8(ascii: "\""): return quotedWord(start)
    default: return bareWord(start)
    }
  }

  private func token(_ kind: VolfileToken.Kind, _ start: VolfilePosition) -> VolfileToken {
    VolfileToken(kind: kind, start: start, endLine: position.line)
  }

  private mutating func step() {
    position.pass(bytes[index])
    index += 1
  }

  /// Passes a byte, or the command that begins there, with its backticks: what GlusterFS would put
  /// in its place is not known, so that nothing in it means anything. A last backtick alone is
  /// passed as any byte, so that the rest of the file is read.
  private mutating func stepOverCommand() {
    guard bytes[index] == UInt8(ascii: "`"),
      let end = bytes[(index + 1)...].firstIndex(of: UInt8(ascii: "`"))
    else { return step() }
    while index <= end { step() }
  }

  private mutating func skipSpace() {
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\\") {
        dropped("a backslash outside quotes", at: position)
      } else if !isVolfileSpace(bytes[index]) {
        return
      }
      step()
    }
  }

  private mutating func comment() -> String {
    step()
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { stepOverCommand() }
    var end = index
    while end > start, isVolfileSpace(bytes[end - 1]) { end -= 1 }
    return String(exactly: bytes[start..<end])
  }

  private mutating func bareWord(_ start: VolfilePosition) -> VolfileToken {
    let first = index
    while index < bytes.count, !isVolfileSpace(bytes[index]),
      bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\")
    {
      stepOverCommand()
    }
    let word = bytes[first..<index]
    if let keyword = VolfileKeyword(word) { return token(.keyword(keyword), start) }
    return token(.word(String(exactly: word)), start)
  }

  private mutating func quotedWord(_ start: VolfilePosition) -> VolfileToken {
    var text: [UInt8] = []
    let findingCount = findings.count
    let tick = UInt8(ascii: "`")
    step()
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        step()
        return token(.word(String(exactly: text)), start)
      case UInt8(ascii: "\n"):
        dropped("a line break within quotes", at: position)
      case UInt8(ascii: "\\") where index + 1 < bytes.count && bytes[index + 1] != tick:
        step()
        text.append(bytes[index])
      case tick:
        let first = index
        stepOverCommand()
        text += bytes[first..<index]
        continue
      default:
        text.append(bytes[index])
      }
      step()
    }
    isCutOff = true
    // Where a quote is open by mistake, the line breaks in it are none of their own.
    findings.removeSubrange(findingCount...)
    findings.append(
      VolfileFinding(.syntax, at: start, "the quote that begins here is never closed"))
    return token(.end, start)
  }

  /// To be called where the quote that is never closed stands between volumes: GlusterFS takes it
  /// for the end of the file there, without a word.
  mutating func sayRestIsDropped() {
    guard let last = findings.popLast() else { return }
    findings.append(
      VolfileFinding(
        .droppedCharacter, at: last.position,
        last.message + "; GlusterFS silently drops the rest of the file"))
  }

  private mutating func dropped(_ what: String, at position: VolfilePosition) {
    guard findings.count < volfileFindingCountMax else { return }
    findings.append(
      VolfileFinding(
        .droppedCharacter, at: position, "\(what) is silently dropped by GlusterFS; remove it"))
  }
}

/// Whether a byte separates words. Form feed and vertical tab are part of them.
func isVolfileSpace(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    || byte == UInt8(ascii: "\n")
}
