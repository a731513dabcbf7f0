/// Whether a volfile may be shown to the real parser, which runs commands and loads code as it
/// reads.
public enum VolfileSafety {
  /// Why it may not; nil if it may.
  ///
  /// Looks at the bytes and words, and not at the graph: it must hold for files that our parser
  /// refuses, too.
  public static func objection(to bytes: [UInt8]) -> String? {
    guard bytes.count <= ParsedVolfile.byteCountMax else { return "it is too large" }
    guard !bytes.contains(UInt8(ascii: "`")) else {
      return "it has a backtick, behind which GlusterFS would run a command"
    }
    var lexer = VolfileLexer(bytes)
    var isType = false
    while true {
      let token = lexer.next()
      switch token.kind {
      case .end: return nil
      case .comment: continue
      case .keyword(let keyword): isType = keyword == .type
      case .word(let text):
        if isType, !isPlainTranslatorType(text) {
          return "it has the type \(quoted(text)), and GlusterFS loads any file that one leads to"
        }
        isType = false
      }
    }
  }
}
