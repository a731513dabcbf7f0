extension VolumeGraph {
  /// Volume-ids with which no brick starts, or not this one: of each brick that is a directory of
  /// this machine, the volume-id is compared with what the brick itself says, as its server will
  /// when it starts.
  ///
  /// A brick that is not there may be another host's, so that nothing is said of it.
  func volumeIDs(_ local: any LocalPaths) -> [VolfileFinding] {
    bricks.compactMap { volume, directory in
      guard let option = volume.options.last(where: { $0.key.text == "volume-id" }),
        !option.value.text.isEmpty, option.hasKnownText
      else { return nil }
      let problem: String?
      if let wanted = UniqueID(option.value.text) {
        let found = Word(directory).hasKnownText ? local.volumeID(ofBrick: directory) : .unknown
        problem = Self.identityProblem(found, wanted: wanted).map {
          "the brick \(quoted(directory)) \($0)"
        }
      } else {
        problem = "option 'volume-id': \(quoted(option.value.text)) is no UUID"
      }
      return problem.map {
        VolfileFinding(.volumeID, at: option.value.position, volume: volume.name.text, $0)
      }
    }
  }

  /// Why a brick is not one of the volume; nil if it is, or if nobody can tell.
  private static func identityProblem(_ found: VolumeIDAnswer, wanted: UniqueID) -> String? {
    switch found {
    case .unknown: return nil
    case .none: return "belongs to no volume: it has no trusted.glusterfs.volume-id"
    case .id(let bytes):
      let identity = UniqueID(bytes: bytes)
      guard identity != wanted else { return nil }
      let text = identity?.description ?? "of \(bytes.count) bytes"
      return "belongs to another volume: its trusted.glusterfs.volume-id is \(text)"
    }
  }
}
