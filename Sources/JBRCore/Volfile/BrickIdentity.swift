extension VolumeGraph {
  /// Volume-ids with which no brick starts.
  func malformedVolumeIDs() -> [VolfileFinding] {
    bricks.compactMap { volume, _ in
      guard let option = volume.options.last(where: { $0.key.text == "volume-id" }),
        !option.value.text.isEmpty, option.value.hasKnownText,
        UniqueID(option.value.text) == nil
      else { return nil }
      return VolfileFinding(
        .volumeID, at: option.value.position, volume: volume.name.text,
        "option 'volume-id': \(quoted(option.value.text)) is no UUID")
    }
  }

  /// Compares the volume-id of each brick that is a directory of this machine with what the brick
  /// itself says, as its server will when it starts.
  ///
  /// Only reads, and only the bricks' own attribute. A brick that is not there may be another
  /// host's, so that nothing is said of it.
  public func checkBrickIdentities() -> [VolfileFinding] {
    bricks.compactMap { volume, directory in
      guard let option = volume.options.last(where: { $0.key.text == "volume-id" }),
        let wanted = UniqueID(option.value.text), Word(directory).hasKnownText,
        isDirectory(directory)
      else { return nil }
      let problem = Self.identityProblem(of: directory, wanted: wanted)
      return problem.map {
        VolfileFinding(
          .volumeID, at: option.value.position, volume: volume.name.text,
          "the brick \(quoted(directory)) \($0)")
      }
    }
  }

  /// Why a brick is not one of the volume; nil if it is, or if this user cannot tell.
  private static func identityProblem(of directory: String, wanted: UniqueID) -> String? {
    do throws(SystemError) {
      guard let found = try pathXattr(directory, "trusted.glusterfs.volume-id") else {
        // For others than root the kernel hides these attributes.
        return isRoot ? "belongs to no volume: it has no trusted.glusterfs.volume-id" : nil
      }
      let identity = UniqueID(bytes: found)
      guard identity != wanted else { return nil }
      let text = identity?.description ?? "of \(found.count) bytes"
      return "belongs to another volume: its trusted.glusterfs.volume-id is \(text)"
    } catch {
      return nil
    }
  }
}
