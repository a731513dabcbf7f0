extension VolumeGraph {
  /// Volume-ids with which no brick starts.
  func malformedVolumeIDs() -> [VolfileFinding] {
    bricks.compactMap { volume, _ in
      guard let option = volume.options.last(where: { $0.key.text == "volume-id" }),
        !option.value.text.isEmpty, !isUUID(option.value.text)
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
        isUUID(option.value.text), isDirectory(directory)
      else { return nil }
      let problem = Self.identityProblem(of: directory, wanted: option.value.text)
      return problem.map {
        VolfileFinding(
          .volumeID, at: option.value.position, volume: volume.name.text,
          "the brick \(quoted(directory)) \($0)")
      }
    }
  }

  /// Why a brick is not one of the volume; nil if it is, or if this user cannot tell.
  private static func identityProblem(of directory: String, wanted: String) -> String? {
    do throws(SystemError) {
      guard let found = try pathXattr(directory, "trusted.glusterfs.volume-id") else {
        // For others than root the kernel hides these attributes.
        return isRoot ? "belongs to no volume: it has no trusted.glusterfs.volume-id" : nil
      }
      let text = spelledUUID(found)
      guard text != wanted.lowercased() else { return nil }
      return "belongs to another volume: its trusted.glusterfs.volume-id is \(text)"
    } catch {
      return nil
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
