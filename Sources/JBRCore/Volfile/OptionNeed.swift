/// What a translator cannot do without: one of several options, always or only beside others.
///
/// As the table spells it: `KEY`, `KEY|KEY` where one of them is enough, and `IF?KEY` where it is
/// needed only if one of the options in front of the `?` is there. Each may be `KEY=VALUE`, too,
/// and a `*` stands for any text.
struct OptionNeed: Sendable {
  private let conditions: [OptionMatch]
  let choices: [OptionMatch]

  init(_ text: String) {
    let parts = text.split(separator: "?", maxSplits: 1).map { side in
      side.split(separator: "|").map { OptionMatch(String($0)) }
    }
    conditions = parts.count > 1 ? parts[0] : []
    choices = parts[parts.count - 1]
  }

  /// What is missing among a volume's options; nil if nothing is.
  func complaint(about options: [KeptOption]) -> String? {
    var reason = ""
    if !conditions.isEmpty {
      let found = options.first { option in conditions.contains { $0.matches(option) } }
      guard let found else { return nil }
      reason = ", since option \(quoted(found.key.text)) is \(quoted(found.value.text))"
    }
    let isThere = options.contains { option in choices.contains { $0.matches(option) } }
    if isThere { return nil }
    return "needs option \(choices.map(\.spelled).joined(separator: " or "))\(reason)"
  }
}

/// An option, and perhaps a value that it must have.
struct OptionMatch: Sendable {
  private let pattern: OptionPattern
  private let value: OptionPattern?

  init(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1)
    pattern = OptionPattern(String(parts[0]))
    value = parts.count > 1 ? OptionPattern(String(parts[1])) : nil
  }

  func matches(_ option: KeptOption) -> Bool {
    guard pattern.matches(option.key.text) else { return false }
    guard let value else { return true }
    guard let truth = OptionKind.truth(value.text) else { return value.matches(option.value.text) }
    return OptionKind.truth(option.value.text) == truth
  }

  var spelled: String { quoted(pattern.text + (value.map { " " + $0.text } ?? "")) }
}

/// An option with the value that GlusterFS keeps.
struct KeptOption: Sendable {
  var key: Word
  var value: Word
}

extension Volume {
  /// Each option once, as GlusterFS takes it: the last value that is not empty.
  var keptOptions: [KeptOption] {
    var indices: [Word: Int] = [:]
    var kept: [KeptOption] = []
    for option in options where !option.value.text.isEmpty {
      let (key, value) = (option.key, option.value)
      if let index = indices[key] {
        kept[index].value = value
      } else {
        indices[key] = kept.count
        kept.append(KeptOption(key: key, value: value))
      }
    }
    return kept
  }
}
