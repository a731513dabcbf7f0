extension VolumeGraph {
  /// Volume-ids with which no brick starts, or not this one: of each brick that is a directory of
  /// this machine, the volume-id is compared with what the brick itself says, as its server will
  /// when it starts.
  ///
  /// A brick that is not there may be another host's, so that nothing is said of it.
  func volumeIDs(_ local: any LocalPaths) -> [VolfileFinding] {
    bricks.compactMap { volume, directory in
      guard let option = volume.options.last(where: { $0.key.text == "volume-id" }),
        !option.value.text.isEmpty
      else { return nil }
      let wanted = option.value.text
      let problem =
        isUUID(wanted)
        ? Self.identityProblem(local.volumeID(ofBrick: directory), wanted: wanted)
          .map { "the brick \(quoted(directory)) \($0)" }
        : "option 'volume-id': \(quoted(wanted)) is no UUID"
      return problem.map {
        VolfileFinding(
          .volumeID, at: option.value.position, volume: volume.name.text, $0)
      }
    }
  }

  /// Why a brick is not one of the volume; nil if it is, or if nobody can tell.
  private static func identityProblem(_ found: VolumeIDAnswer, wanted: String) -> String? {
    switch found {
    case .unknown: return nil
    case .none: return "belongs to no volume: it has no trusted.glusterfs.volume-id"
    case .id(let bytes):
      let text = spelledUUID(bytes)
      guard text != wanted.lowercased() else { return nil }
      return "belongs to another volume: its trusted.glusterfs.volume-id is \(text)"
    }
  }
}

private func isUUID(_ text: String) -> Bool {
  text.utf8.count == 36
    && text.utf8.enumerated().allSatisfy { index, byte in
      [8, 13, 18, 23].contains(index)
        ? byte == UInt8(ascii: "-") : hexadecimalValue(byte) != nil
    }
}

/// Sixteen bytes as volfiles spell them; others as what they are.
private func spelledUUID(_ bytes: [UInt8]) -> String {
  guard bytes.count == 16 else { return "of \(bytes.count) bytes" }
  var text = ""
  for (index, byte) in bytes.enumerated() {
    if [4, 6, 8, 10].contains(index) { text += "-" }
    for digit in [byte >> 4, byte & 15] {
      text.unicodeScalars.append(Unicode.Scalar(hexadecimalDigits[Int(digit)]))
    }
  }
  return text
}
