/// One thing in which two graphs mean something else; where the words stand does not count.
public struct GraphDifference: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// One graph lacks the volume.
    case volume
    case type
    case option
    /// One graph's volume does not use that subvolume.
    case subvolume
    /// The subvolumes that both use stand in another order, in which GlusterFS numbers them.
    case order
    /// Another volume is the last, at which GlusterFS starts.
    case top
  }

  public var kind: Kind
  /// The volume that it is about; nil for the top.
  public var volume: String?
  /// The option's key, or the subvolume's name.
  public var key: String?
  /// What stands there; nil where nothing does.
  public var left: String?
  public var right: String?
  public var leftPosition: VolfilePosition?
  public var rightPosition: VolfilePosition?
}

extension VolumeGraph {
  /// In what another graph differs: in the order of this one's volumes, what only the other has
  /// behind them.
  ///
  /// Comments, layout, the order of options and an option that is overridden in the same volume
  /// mean nothing to GlusterFS. Neither does the order of volumes, but for the last.
  public func differences(to other: VolumeGraph) -> [GraphDifference] {
    let others = other.byName
    let mine = byName
    var differences: [GraphDifference] = []
    for volume in volumes {
      if let match = others[volume.name] {
        differences += volume.differences(to: match)
      } else {
        differences.append(
          GraphDifference(
            kind: .volume, volume: volume.name.text, left: volume.type.text,
            leftPosition: volume.name.position))
      }
    }
    for volume in other.volumes where mine[volume.name] == nil {
      differences.append(
        GraphDifference(
          kind: .volume, volume: volume.name.text, right: volume.type.text,
          rightPosition: volume.name.position))
    }
    if volumes.last?.name != other.volumes.last?.name {
      differences.append(
        GraphDifference(
          kind: .top, left: top, right: other.top, leftPosition: volumes.last?.name.position,
          rightPosition: other.volumes.last?.name.position))
    }
    return differences
  }

  /// Of a name that comes twice, which GlusterFS refuses, the first counts.
  private var byName: [Word: Volume] {
    Dictionary(volumes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

extension Volume {
  /// In what a volume of the same name differs.
  fileprivate func differences(to other: Volume) -> [GraphDifference] {
    var differences: [GraphDifference] = []
    if type != other.type {
      differences.append(
        GraphDifference(
          kind: .type, volume: name.text, left: type.text, right: other.type.text,
          leftPosition: type.position, rightPosition: other.type.position))
    }
    differences += optionDifferences(to: other)
    return differences + subvolumeDifferences(to: other)
  }

  private func optionDifferences(to other: Volume) -> [GraphDifference] {
    let mine = valuesByKey
    let others = other.valuesByKey
    return Set(mine.keys).union(others.keys).sorted().compactMap { key in
      let (left, right) = (mine[key], others[key])
      if let left, let right, meansTheSame(left, right, key.text) { return nil }
      return GraphDifference(
        kind: .option, volume: name.text, key: key.text, left: left?.text, right: right?.text,
        leftPosition: left?.position, rightPosition: right?.position)
    }
  }

  private var valuesByKey: [Word: Word] {
    Dictionary(uniqueKeysWithValues: keptOptions.map { ($0.key, $0.value) })
  }

  /// Truth values are spelled in ten ways.
  private func meansTheSame(_ left: Word, _ right: Word, _ key: String) -> Bool {
    if left == right { return true }
    guard let translator = Translator.named(type.text), translator.kind(of: key) == .boolean,
      let one = OptionKind.truth(left.text), let two = OptionKind.truth(right.text)
    else { return false }
    return one == two
  }

  private func subvolumeDifferences(to other: Volume) -> [GraphDifference] {
    let mine = Set(subvolumes)
    let others = Set(other.subvolumes)
    var differences: [GraphDifference] = []
    for word in subvolumes where !others.contains(word) {
      differences.append(
        GraphDifference(
          kind: .subvolume, volume: name.text, key: word.text, left: word.text,
          leftPosition: word.position))
    }
    for word in other.subvolumes where !mine.contains(word) {
      differences.append(
        GraphDifference(
          kind: .subvolume, volume: name.text, key: word.text, right: word.text,
          rightPosition: word.position))
    }
    let left = subvolumes.filter { others.contains($0) }
    let right = other.subvolumes.filter { mine.contains($0) }
    if left != right {
      differences.append(
        GraphDifference(
          kind: .order, volume: name.text, left: Self.joined(left), right: Self.joined(right),
          leftPosition: left.first?.position, rightPosition: right.first?.position))
    }
    return differences
  }

  private static func joined(_ words: [Word]) -> String {
    words.map { VolfilePrinter.spelled($0.text) }.joined(separator: " ")
  }
}
