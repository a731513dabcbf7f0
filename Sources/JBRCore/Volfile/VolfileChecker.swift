extension ParsedVolfile {
  /// Everything that is wrong with the file, in its order: grammar, names, types and options, and
  /// what paths lead to.
  public func check(
    options: OptionTable = .builtIn, paths: any LocalPaths = UnseenPaths()
  ) -> [VolfileFinding] {
    let checked = graph.check(skipping: brokenVolumes, options: options, paths: paths)
    let all = (findings + checked).enumerated().sorted { left, right in
      switch (left.element.position, right.element.position) {
      case (let first?, let second?) where first != second: first < second
      default: left.offset < right.offset
      }
    }
    return all.map(\.element)
  }
}

extension VolumeGraph {
  /// What is wrong with the graph, apart from how it is written. Of broken volumes, which were
  /// not read whole, only the names are looked at.
  public func check(
    skipping broken: Set<Int> = [], options: OptionTable = .builtIn,
    paths: any LocalPaths = UnseenPaths()
  ) -> [VolfileFinding] {
    var checker = VolfileChecker(self, broken: broken, options: options)
    checker.check()
    return checker.findings + places(paths)
  }

  /// Whatever is wrong with where bricks, files and servers are.
  private func places(_ paths: any LocalPaths) -> [VolfileFinding] {
    let all = misplaced(paths) + volumeIDs(paths) + reconReach(paths)
    guard all.count > volfileFindingCountMax else { return all }
    let hidden = all.count - volfileFindingCountMax
    let message = "and \(hidden) more findings about bricks and what the graph reaches"
    return all.prefix(volfileFindingCountMax) + [VolfileFinding(.limit, at: nil, message)]
  }

  /// The name of the volume that the real parser starts at: the last.
  public var top: String? { volumes.last?.name.text }
}

/// Looks at a graph volume by volume, then at how the volumes hang together.
struct VolfileChecker {
  private let graph: VolumeGraph
  private let broken: Set<Int>
  private let options: OptionTable
  /// Where each name is defined first.
  private let indices: [Word: Int]
  private(set) var findings: [VolfileFinding] = []

  init(_ graph: VolumeGraph, broken: Set<Int>, options: OptionTable) {
    self.graph = graph
    self.broken = broken
    self.options = options
    indices = Dictionary(
      graph.volumes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func check() {
    for (index, volume) in graph.volumes.enumerated() {
      if findings.count >= volfileFindingCountMax {
        let message = "too many findings; the volumes from here on were not checked"
        findings.append(VolfileFinding(.limit, at: volume.name.position, message))
        return
      }
      checkName(volume, index)
      checkSubvolumes(volume, index)
      if broken.contains(index) { continue }
      checkOptions(volume)
      checkType(volume)
    }
    var walk = GraphWalk(graph, indices: indices)
    findings += walk.cycles()
    // Of what a broken volume uses, and of which of two is meant by a name, nothing is known.
    if broken.isEmpty, indices.count == graph.volumes.count { findings += walk.unused() }
  }

  private mutating func report(
    _ rule: VolfileRule, _ volume: Volume, at word: Word? = nil, _ message: String
  ) {
    findings.append(
      VolfileFinding(
        rule, at: (word ?? volume.name).position, volume: volume.name.text, message))
  }

  private mutating func checkName(_ volume: Volume, _ index: Int) {
    guard let first = indices[volume.name], first != index, !volume.name.text.isEmpty else {
      return
    }
    findings.append(volume.duplicate(of: graph.volumes[first]))
  }

  private mutating func checkSubvolumes(_ volume: Volume, _ index: Int) {
    var seen: Set<Word> = []
    for child in volume.subvolumes {
      if let problem = unresolved(child, from: index) {
        report(
          .undefinedSubvolume, volume, at: child,
          "subvolume \(quoted(child.text)) \(problem); GlusterFS would silently leave it out")
      } else if !seen.insert(child).inserted {
        report(
          .duplicateChild, volume, at: child, "subvolume \(quoted(child.text)) is named twice")
      }
    }
  }

  /// Why a name means nothing at a volume's place; nil if it stands for an earlier volume.
  private func unresolved(_ name: Word, from index: Int) -> String? {
    guard let found = indices[name] else { return "is not defined" }
    if name == graph.volumes[index].name { return "is the volume itself" }
    guard found > index else { return nil }
    let line = graph.volumes[found].name.position.map { ", in line \($0.line)" } ?? ""
    return "is defined only further down\(line)"
  }

  private mutating func checkOptions(_ volume: Volume) {
    var seen: Set<Word> = []
    for option in volume.options {
      let key = option.key.text
      if !seen.insert(option.key).inserted {
        report(
          .duplicateOption, volume, at: option.key,
          "option \(quoted(key)) is given again; GlusterFS takes the last")
      }
      if option.value.text.isEmpty {
        report(
          .emptyValue, volume, at: option.value,
          "option \(quoted(key)) has an empty value; GlusterFS ignores it")
      }
    }
  }

  private mutating func checkType(_ volume: Volume) {
    let translator = Translator.named(volume.type.text)
    if let translator {
      checkNeeds(volume, translator)
    } else if !options.isInstalled(volume.type) {
      report(
        .unknownType, volume, at: volume.type, "type \(quoted(volume.type.text)) is not known")
      return
    }
    // Of an option that is given again, GlusterFS never looks at the first value.
    var kept: [Word: Int] = [:]
    for (index, option) in volume.options.enumerated() where !option.value.text.isEmpty {
      kept[option.key] = index
    }
    for (index, option) in volume.options.enumerated() {
      checkOption(option, of: translator, volume, isKept: kept[option.key] == index)
    }
  }

  /// What only our own table knows.
  private mutating func checkNeeds(_ volume: Volume, _ translator: Translator) {
    let count = volume.subvolumes.count
    if !translator.children.contains(count) {
      report(
        .childCount, volume,
        "\(translator.type) needs \(Self.spelled(translator.children)), and has \(count)")
    }
    if let refusal = translator.refusal {
      report(.notInVolfile, volume, at: volume.type, "\(translator.type) \(refusal)")
    }
    if translator.needs.isEmpty { return }
    let options = volume.keptOptions
    checkRedundancy(volume, translator, options)
    for complaint in translator.needs.compactMap({ $0.complaint(about: options) }) {
      report(.missingOption, volume, "\(translator.type) \(complaint)")
    }
  }

  /// How many subvolumes may be lost depends on how many there are, which GlusterFS looks at only
  /// when it starts.
  private mutating func checkRedundancy(
    _ volume: Volume, _ translator: Translator, _ options: [KeptOption]
  ) {
    let count = volume.subvolumes.count
    guard let key = translator.redundancy, let range = Translator.redundancies(ofChildren: count),
      let option = options.first(where: { $0.key.text == key }),
      let number = number(ofCSpelling: option.value.text), !range.contains(number)
    else { return }
    let allowed =
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    report(
      .childCount, volume, at: option.value,
      "\(translator.type) of \(count) subvolumes takes option \(quoted(key)) of \(allowed), "
        + "and not \(quoted(option.value.text))")
  }

  /// There is no translator where only the installed GlusterFS knows the type.
  private mutating func checkOption(
    _ option: VolumeOption, of translator: Translator?, _ volume: Volume, isKept: Bool
  ) {
    let (type, key, value) = (volume.type.text, option.key.text, option.value.text)
    let kind = translator?.kind(of: key)
    var complaint: String?
    switch options.answer(OptionQuestion(option, of: volume)) {
    case .unknownTranslator where kind != nil:
      complaint = kind?.complaint(about: value).map { "\(quoted(value)) \($0)" }
    // A translator may take more options than it tells of: those of its transports, for one.
    case .unknownOption where kind != nil: break
    case .unknownTranslator, .unknownOption:
      report(.unknownOption, volume, at: option.key, "\(type) has no option \(quoted(key))")
    case .valid: break
    case .invalid(let text):
      // What GlusterFS begins with, the place in the file says already.
      let prefix = "option \(key) \(value): "
      complaint = Failure.visible(text.hasPrefix(prefix) ? text.replacing(prefix, with: "") : text)
    }
    if let complaint, isKept {
      report(.invalidValue, volume, at: option.value, "option \(quoted(key)): \(complaint)")
    }
    if type == "protocol/server" { checkExport(option, volume) }
  }

  /// A server's leave to use a volume must name one.
  private mutating func checkExport(_ option: VolumeOption, _ volume: Volume) {
    let patterns = ["auth.addr.*.allow", "auth.addr.*.reject", "auth.login.*.allow"]
    for pattern in patterns {
      guard let name = OptionPattern(pattern).middle(of: option.key.text),
        indices[Word(name)] == nil
      else { continue }
      report(
        .undefinedSubvolume, volume, at: option.key,
        "option \(quoted(option.key.text)) names \(quoted(name)), which is not defined")
    }
  }

  private static func spelled(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (0, 0): "no subvolumes"
    case (1, 1): "exactly one subvolume"
    case (let low, .max): "at least \(low) subvolume\(low == 1 ? "" : "s")"
    case (let low, let high): low == high ? "\(low) subvolumes" : "\(low) to \(high) subvolumes"
    }
  }
}
