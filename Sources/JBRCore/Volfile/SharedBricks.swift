extension VolumeGraph {
  /// Volumes that would write to one brick behind each other's back, storage on the same directory
  /// or within another's, and files of translators among those of a brick's users.
  func misplaced(_ local: any LocalPaths) -> [VolfileFinding] {
    let finder = PathPlaces(local)
    let bricks = bricks.compactMap { brick in
      finder.find(brick.directory).map { (brick.volume, brick.directory, $0) }
    }
    let files = keptFiles.compactMap { file in finder.find(file.path).map { (file, $0) } }
    let placed = PlacesInBricks(
      bricks.map { $0.2 } + files.map { $0.1 }, brickCount: bricks.count)
    var findings: [VolfileFinding] = []
    for (index, (volume, directory, _)) in bricks.enumerated() {
      if let twin = placed.twins[index] {
        let how = "on the same directory, \(quoted(directory))"
        findings += Self.shared(volume, bricks[twin].0, how)
      }
      if let outer = placed.bricks[index] {
        let how = "within that one's, \(quoted(bricks[outer].1))"
        findings += Self.shared(volume, bricks[outer].0, how)
      }
    }
    for (index, (file, place)) in files.enumerated() {
      guard let brick = placed.bricks[bricks.count + index] else { continue }
      let (_, directory, _) = bricks[brick]
      let hidden = file.mayHide ? finder.find(directory + "/.glusterfs") : nil
      if let hidden, place.isWithin(hidden), !place.isSame(as: hidden) { continue }
      findings.append(file.finding(within: directory))
    }
    return findings + Self.sharedFiles(files) + sharedConnections(finder)
  }

  /// Of two journals in one directory, each overwrites the other.
  private static func sharedFiles(
    _ files: [(file: KeptFile, place: PathPlace)]
  ) -> [VolfileFinding] {
    var owners: [PathPlace.Key: KeptFile] = [:]
    return files.compactMap { file, place in
      guard file.isAlone else { return nil }
      guard let first = owners[place.key] else {
        owners[place.key] = file
        return nil
      }
      // Of two volumes with one name, the name is what is wrong.
      return first.volume.name == file.volume.name ? nil : file.finding(sharedWith: first)
    }
  }

  private func sharedConnections(_ finder: PathPlaces) -> [VolfileFinding] {
    var owners: [BrickAddress: Volume] = [:]
    var findings: [VolfileFinding] = []
    for (volume, address) in connections(finder) {
      if let first = owners[address] {
        let how = "a connection to the same brick, \(quoted(address.spelled))"
        findings += Self.shared(volume, first, how)
      } else {
        owners[address] = volume
      }
    }
    return findings
  }

  private static func shared(_ volume: Volume, _ first: Volume, _ how: String) -> [VolfileFinding] {
    // Of two volumes with one name, the name is what is wrong.
    if first.name == volume.name { return [] }
    let line = first.name.position.map { " of line \($0.line)" } ?? ""
    return [
      VolfileFinding(
        .sharedBrick, at: volume.name.position, volume: volume.name.text,
        "stands on the brick of \(quoted(first.name.text))\(line): it is \(how)")
    ]
  }

  /// The directories of storage volumes, as they are spelled.
  var bricks: [(volume: Volume, directory: String)] {
    volumes.compactMap { volume in
      guard volume.type.text == "storage/posix", let path = volume.value(of: "directory") else {
        return nil
      }
      return (volume, path)
    }
  }

  /// What translators keep in files of their own, and the sockets at which they meet.
  private var keptFiles: [KeptFile] {
    volumes.flatMap { volume in
      guard let translator = Translator.named(volume.type.text) else { return [KeptFile]() }
      return volume.keptOptions.compactMap { option in
        guard let place = translator.keeping(at: option.key.text) else { return nil }
        return KeptFile(
          volume: volume, key: option.key, value: option.value, mayHide: place == .hidden,
          isAlone: place == .alone)
      }
    }
  }
}

/// A file, directory or socket of a translator's own.
private struct KeptFile {
  var volume: Volume
  var key: Word
  var value: Word
  /// Whether it may be in a brick's `.glusterfs`, which users do not see.
  var mayHide: Bool
  /// Whether no other volume may have its own there.
  var isAlone: Bool

  var path: String { value.text }

  func finding(within directory: String) -> VolfileFinding {
    let other = mayHide ? ", and not in its .glusterfs" : ""
    return VolfileFinding(
      .withinBrick, at: value.position, volume: volume.name.text,
      "option \(quoted(key.text)): \(quoted(path)) lies within the brick "
        + "\(quoted(directory))\(other): it would stand among its users' files")
  }

  func finding(sharedWith first: KeptFile) -> VolfileFinding {
    let line = first.value.position.map { " in line \($0.line)" } ?? ""
    return VolfileFinding(
      .sharedBrick, at: value.position, volume: volume.name.text,
      "option \(quoted(key.text)): \(quoted(path)) is that of \(quoted(first.volume.name.text))"
        + "\(line) already: each would overwrite what the other keeps there")
  }
}
