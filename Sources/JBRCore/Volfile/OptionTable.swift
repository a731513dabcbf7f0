/// Who says which options a translator takes, and which values.
public struct OptionTable: Sendable {
  /// The version of the installed GlusterFS whose translators were asked; nil for our own table,
  /// `Translator`.
  public let version: String?
  private let installed: Set<Word>
  private let answers: [OptionQuestion: OptionAnswer]

  /// The table that this toolkit brings along: GlusterFS 10.3's.
  public static let builtIn = OptionTable(version: nil, installed: [], answers: [:])

  init(version: String?, installed: Set<Word>, answers: [OptionQuestion: OptionAnswer]) {
    self.version = version
    self.installed = installed
    self.answers = answers
  }

  /// Whether there is such a translator here.
  func isInstalled(_ type: Word) -> Bool { installed.contains(type) }

  func answer(_ question: OptionQuestion) -> OptionAnswer {
    answers[question] ?? .unknownTranslator
  }
}

/// An option of a volume.
struct OptionQuestion: Hashable, Sendable {
  var type: Word
  var key: Word
  var value: Word

  init(_ option: VolumeOption, of volume: Volume) {
    (type, key, value) = (volume.type, option.key, option.value)
  }

  var texts: [String] { [type.text, key.text, value.text] }
}

extension VolumeGraph {
  /// The types of all volumes, each once, in order.
  var types: [Word] {
    Set(volumes.map(\.type).filter(\.hasKnownText)).sorted()
  }

  /// The types that our own table knows and the installed GlusterFS lacks.
  public func typesLacking(in table: OptionTable) -> [String] {
    guard table.version != nil else { return [] }
    return types.filter { !table.isInstalled($0) && Translator.named($0.text) != nil }
      .map(\.text)
  }

  /// All options, each once. None that has a NUL, which ends a question, or a backtick: what stands
  /// there is not what GlusterFS would see.
  var optionQuestions: Set<OptionQuestion> {
    var questions: Set<OptionQuestion> = []
    for volume in volumes {
      for option in volume.options where option.hasKnownText && volume.type.hasKnownText {
        questions.insert(OptionQuestion(option, of: volume))
      }
    }
    return questions
  }
}
