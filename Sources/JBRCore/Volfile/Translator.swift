/// What a translator needs and takes, as far as it can be told without starting it.
public struct Translator: Sendable {
  /// The type as volfiles spell it, such as `storage/posix`.
  public var type: String
  /// How many subvolumes it starts with.
  public var children: ClosedRange<Int>
  /// Options without which it does not start, or never does its work.
  let needs: [OptionNeed]
  /// Why GlusterFS does not start with it in a volfile; nil if it does.
  let refusal: String?
  /// The option that says how many of its subvolumes may be lost.
  let redundancy: String?
  private let keeping: [String: KeptPlace]
  private var options: [String: OptionKind]
  private var patterns: [OptionPattern]

  /// The GlusterFS whose translators the table describes.
  public static let tableVersion = "10.3"

  /// The row of a type; nil if it is unknown.
  public static func named(_ type: String) -> Translator? { table[type] }

  /// All known types, in order.
  public static var knownTypes: [String] { table.keys.sorted() }

  /// What an option's value may be; nil if the translator takes no such option.
  func kind(of key: String) -> OptionKind? {
    if let kind = options[key] { return kind }
    return patterns.contains { $0.matches(key) } ? .other : nil
  }

  /// Where what an option names may be; nil if it names nothing of the translator's own.
  func keeping(at key: String) -> KeptPlace? { keeping[key] }

  init(_ row: TranslatorRow, type: String) {
    self.type = type
    children = row.children
    needs = Self.words(row.required).map { OptionNeed($0) }
    refusal = row.refusal.isEmpty ? nil : row.refusal
    redundancy = row.redundancy.isEmpty ? nil : row.redundancy
    var keeping: [String: KeptPlace] = [:]
    for key in Self.words(row.outside) { keeping[key] = .outside }
    for key in Self.words(row.hidden) { keeping[key] = .hidden }
    for key in Self.words(row.alone) { keeping[key] = .alone }
    self.keeping = keeping
    let kinds: [(String, OptionKind)] = [
      (row.others, .other), (row.booleans, .boolean), (row.percents, .percent),
      (row.paths, .path),
    ]
    options = [:]
    patterns = []
    for (keys, kind) in kinds {
      for key in Self.words(keys) where key.contains("*") {
        patterns.append(OptionPattern(key))
      }
      for key in Self.words(keys) { options[key] = kind }
    }
  }

  private static func words(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  private static let table: [String: Translator] = {
    var table: [String: Translator] = [:]
    for row in translatorRows {
      for type in words(row.types) { table[type] = Translator(row, type: type) }
    }
    return table
  }()
}

extension Translator {
  /// How many of its subvolumes may be lost: less than half, and so many that what is left does
  /// not exceed 16. Nil for a number of them with which it does not start whatever is said.
  static func redundancies(ofChildren count: Int) -> ClosedRange<Int>? {
    let fragmentCountMax = 16
    guard (3...2 * fragmentCountMax - 1).contains(count) else { return nil }
    return max(1, count - fragmentCountMax)...(count - 1) / 2
  }
}

/// Where a translator may have files of its own.
enum KeptPlace: Sendable {
  /// Not in a brick.
  case outside
  /// Not where a brick's users see it.
  case hidden
  /// Not in a brick, and not where another volume has its own.
  case alone
}

/// An option's key, in which one `*` stands for any text: `auth.addr.*.allow`.
struct OptionPattern: Equatable, Sendable {
  let text: String
  private let prefix: String
  private let suffix: String?

  init(_ text: String) {
    self.text = text
    let parts = text.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
    prefix = String(parts[0])
    suffix = parts.count > 1 ? String(parts[1]) : nil
  }

  func matches(_ key: String) -> Bool { middle(of: key) != nil }

  /// What the `*` stands for in a key; empty where the pattern has none, nil if it does not match.
  func middle(of key: String) -> String? {
    guard let suffix else { return key == prefix ? "" : nil }
    // By bytes: an accent that stands behind a dot belongs to the name, and not to the dot.
    let bytes = key.utf8
    guard bytes.count > prefix.utf8.count + suffix.utf8.count, bytes.starts(with: prefix.utf8),
      bytes.reversed().starts(with: suffix.utf8.reversed())
    else { return nil }
    return String(
      Substring(bytes.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)))
  }
}

/// The kinds of values that are tested. The others are left to GlusterFS.
enum OptionKind: Sendable {
  case path, boolean, percent, other

  /// What is wrong with a value; nil if nothing is.
  func complaint(about value: String) -> String? {
    switch self {
    case .path:
      if value.contains("../") { return "must not go through '..'" }
      return value.isAbsolutePath ? nil : "is not an absolute path"
    case .boolean:
      return Self.truth(value) != nil
        ? nil : "is not one of on, off, yes, no, true, false, enable, disable, 1, 0"
    case .percent:
      // As strtod(3) does, which GlusterFS asks.
      let start = value.drop { $0.isWhitespace }
      let number = String(start.hasSuffix("%") ? start.dropLast() : start)
      return Double(number).map { (0...100).contains($0) } == true
        ? nil : "is not a percentage from 0 to 100"
    case .other:
      return nil
    }
  }

  /// Truth values are spelled in ten ways; nil for what is none.
  static func truth(_ value: String) -> Bool? {
    switch value.lowercased() {
    case "on", "yes", "true", "enable", "1": true
    case "off", "no", "false", "disable", "0": false
    default: nil
    }
  }
}
