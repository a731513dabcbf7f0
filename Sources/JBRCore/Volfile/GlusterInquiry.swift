/// What the tool asks a process of its own, in which the installed GlusterFS is loaded.
///
/// Question and answer are files in memory, since the library prints on standard output as it
/// likes. The answer ends with a word of its own, so that half of one is not taken for a whole.
public enum GlusterInquiry: String, CaseIterable, Sendable {
  /// Which translators are there, and what do they say of these options?
  case options
  /// What does GlusterFS make of this volfile?
  case graph

  static let end = "end"
  private static let questionByteCountMax = 1 << 30

  /// Answers; to be called in a process that ends with it.
  public func answer(question: String, answer: String, log: String) throws(Failure) {
    let output = try File(toFill: answer)
    var texts: [String]
    do throws(Failure) {
      let library = try GlusterParser(log: log)
      texts = ["version", library.version]
      switch self {
      case .options: texts += try Self.options(question, library)
      case .graph: texts += try Self.graph(question, library, log: log)
      }
    } catch {
      texts = ["failure", error.path ?? "", error.message]
    }
    try output.write(TextList.bytes(texts + [Self.end])[...])
  }

  /// The question: how many types, the types, then type, key and value of each option.
  private static func options(
    _ question: String, _ library: GlusterParser
  ) throws(Failure) -> [String] {
    var texts = TextList.texts(try readSmallFile(question, limit: questionByteCountMax))[...]
    let count = min(texts.popFirst().flatMap { Int($0) } ?? 0, texts.count)
    var answers = texts.prefix(count).map { library.isInstalled($0) ? "installed" : "" }
    texts = texts.dropFirst(count)
    while texts.count >= 3 {
      let words = Array(texts.prefix(3))
      texts = texts.dropFirst(3)
      switch library.answer(words[0], words[1], words[2]) {
      case .unknownTranslator: answers += ["unknown-translator", ""]
      case .unknownOption: answers += ["unknown-option", ""]
      case .valid: answers += ["valid", ""]
      case .invalid(let why): answers += ["invalid", why]
      }
    }
    return answers
  }

  /// The answer: the errors of the log, then whether there is a graph, and its volumes.
  private static func graph(
    _ volfile: String, _ library: GlusterParser, log: String
  ) throws(Failure) -> [String] {
    let volumes = try library.read(volfile)
    library.flushLog()
    let text = String(
      decoding: try readSmallFile(log, limit: questionByteCountMax), as: UTF8.self)
    let errors = GlusterLog.errors(text)
    var answers = [String(errors.count)] + errors + [volumes == nil ? "refused" : "built"]
    for volume in volumes ?? [] {
      answers += [volume.name, volume.type, volume.complaint ?? ""]
      answers += [String(volume.subvolumes.count)] + volume.subvolumes
      answers += [String(volume.options.count)]
      for option in volume.options { answers += [option.key, option.value] }
    }
    return answers
  }
}
