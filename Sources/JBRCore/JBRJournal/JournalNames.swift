/// The names of the files in a jbr journal's directory. See docs/journal-format.md.
public enum JournalNames {
  public static let superblocks = ["superblock-1", "superblock-2"]
  public static let lock = "lock"
  public static let next = "next.events"
  public static let decisions = "decisions.events"

  /// What a name says; nil for a file that is not a term's.
  public enum TermFile: Equatable, Sendable {
    case events(Term)
    case data(Term, UInt32, compressed: Bool)
    case index(Term)

    public var term: Term {
      switch self {
      case .events(let term), .data(let term, _, _), .index(let term): term
      }
    }
  }

  public static func events(_ term: Term) -> String { prefix(term) + ".events" }
  public static func index(_ term: Term) -> String { prefix(term) + ".index" }
  public static func data(_ term: Term, _ number: UInt32) -> String {
    prefix(term) + ".data-" + padded(UInt64(number), 6)
  }
  public static func compressed(_ term: Term, _ number: UInt32) -> String {
    data(term, number) + ".zst"
  }

  private static func prefix(_ term: Term) -> String { "term-" + padded(term.rawValue, 10) }

  private static func padded(_ number: UInt64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Parses a name; only the one spelling that a writer makes is taken.
  public static func parse(_ name: String) -> TermFile? {
    guard name.hasPrefix("term-"), let dot = name.firstIndex(of: "."),
      let number = UInt64(name[name.index(name.startIndex, offsetBy: 5)..<dot])
    else { return nil }
    let term = Term(number)
    var rest = name[name.index(after: dot)...]
    var file: TermFile?
    switch rest {
    case "events": file = .events(term)
    case "index": file = .index(term)
    default:
      let isCompressed = rest.hasSuffix(".zst")
      if isCompressed { rest = rest.dropLast(4) }
      if rest.hasPrefix("data-"), let number = UInt32(rest.dropFirst(5)), number > 0 {
        file = .data(term, number, compressed: isCompressed)
      }
    }
    return file.flatMap { text($0) == name ? $0 : nil }
  }

  /// The name of a term's file.
  public static func text(_ file: TermFile) -> String {
    switch file {
    case .events(let term): events(term)
    case .index(let term): index(term)
    case .data(let term, let number, let isCompressed):
      isCompressed ? compressed(term, number) : data(term, number)
    }
  }

  /// Whether names are those of a jbr journal's directory.
  public static func areJournal(_ names: [String]) -> Bool {
    names.contains { superblocks.contains($0) || parse($0) != nil }
  }
}
