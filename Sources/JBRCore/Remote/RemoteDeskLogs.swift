// What a far end says of event logs.

extension RemoteDesk {
  /// How many bytes of heads go into an answer; one record more always fits a frame.
  private static let headByteCountMax = 4 << 20
  /// How long sums may be, so that they fit a frame.
  private static let sumByteCountMax = 8 << 20

  func heads(
    of file: FarFile, from place: LogPlace, byteCount: UInt32
  ) throws(Failure) -> [RecordHead] {
    do throws(Failure) {
      var reader = try EventLogReader(try source(file))
      reader.seek(to: place.offset, sequence: place.sequence, previous: place.previous)
      return try reader.heads(byteCount: min(Int(byteCount), Self.headByteCountMax))
    } catch {
      // What is wrong with the log is told by its bytes.
      guard error.status == .damaged else { throw error }
      return []
    }
  }

  /// What a log adds up to; nil where something about it is unusual.
  func sums(of file: FarFile, checkingPayloads: Bool) throws(Failure) -> TermSums? {
    // That it is the one which was opened.
    _ = try source(file)
    let directory = file.path.lastIndex(of: "/").map { String(file.path[..<$0]) } ?? ""
    guard !directory.isEmpty else { return nil }
    do throws(Failure) {
      let journal =
        try checkingPayloads
        ? JournalFiles.find(directory) : JournalFiles.findLeavingData(directory)
      guard let term = journal.terms?.first(where: { $0.events?.path == file.path }) else {
        return nil
      }
      let sums = try TermSums(term, checkingPayloads: checkingPayloads)
      guard sums.isOrdinary, sums.message.count <= Self.sumByteCountMax else { return nil }
      return sums
    } catch {
      guard error.status == .damaged else { throw error }
      return nil
    }
  }
}
