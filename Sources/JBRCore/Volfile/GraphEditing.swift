/// Which volumes of a graph are meant.
public struct VolumeChoice: Sendable {
  private let names: [Word]
  private let types: [Word]

  /// No names and no types choose every volume.
  public init(names: [String] = [], types: [String] = []) {
    self.names = names.map { Word($0) }
    self.types = types.map { Word($0) }
  }

  public func takes(_ volume: Volume) -> Bool {
    (names.isEmpty || names.contains(volume.name))
      && (types.isEmpty || types.contains(volume.type))
  }

  /// What is named, and is nowhere in the graph.
  public func missing(in graph: VolumeGraph) -> String? {
    if let name = names.first(where: { name in graph.volumes.allSatisfy { $0.name != name } }) {
      return "volume \(quoted(name.text))"
    }
    let type = types.first { type in graph.volumes.allSatisfy { $0.type != type } }
    return type.map { "volume of type \(quoted($0.text))" }
  }
}

extension Volume {
  /// Gives an option a value: where the option stands, or else behind the others.
  ///
  /// Of an option that comes several times one is left, so that what is written is what counts.
  public mutating func set(_ key: String, to value: String) {
    let key = Word(key)
    guard let first = options.firstIndex(where: { $0.key == key }) else {
      options.append(VolumeOption(key, Word(value)))
      return
    }
    options[first].value.text = value
    for index in options.indices.reversed() where index > first && options[index].key == key {
      options[first].comments += options[index].comments
      options.remove(at: index)
    }
  }

  /// Takes an option away. Its comments go to what follows: they may say more than the option.
  /// - Returns: whether it was there.
  public mutating func unset(_ key: String) -> Bool {
    let (key, count) = (Word(key), options.count)
    for index in options.indices.reversed() where options[index].key == key {
      let comments = options[index].comments
      options.remove(at: index)
      if index < options.count {
        options[index].comments.insert(contentsOf: comments, at: 0)
      } else if !subvolumes.isEmpty {
        subvolumesComments.insert(contentsOf: comments, at: 0)
      } else {
        endComments.insert(contentsOf: comments, at: 0)
      }
    }
    return options.count < count
  }
}

extension Volume {
  /// Whether GlusterFS takes this of the volume's options: the last of its key that is not empty.
  public func counts(_ option: VolumeOption) -> Bool {
    let last = options.last { $0.key == option.key && !$0.value.text.isEmpty }
    return last?.key.position == option.key.position && last?.value == option.value
  }
}

extension VolumeGraph {
  /// What `check` finds in a changed graph, and not in this one: errors, and options that nobody
  /// knows.
  public func objections(
    to changed: VolumeGraph, options: OptionTable, paths: any LocalPaths
  ) -> [VolfileFinding] {
    // Where a word stands does not count: a changed option may have no place.
    func faults(of graph: VolumeGraph) -> [VolfileFinding] {
      graph.check(options: options, paths: paths)
        .filter { $0.severity == .error || $0.rule == .unknownOption }
        .map { VolfileFinding($0.rule, at: nil, volume: $0.volume, $0.message) }
    }
    let known = faults(of: self)
    return faults(of: changed).filter { !known.contains($0) }
  }
}
