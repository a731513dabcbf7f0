import Glibc

extension NativeBrick {
  /// The record of absolute results; empty if there is none. Changes nothing.
  func readResults() throws(BrickError) -> AbsoluteResults {
    guard let directory = try hidden.subdirectory(Scratch.name),
      try directory.status(Scratch.results) != nil
    else { return AbsoluteResults() }
    let file = try directory.open(Scratch.results, Descriptor.reading)
    let count = Int(try file.status().st_size)
    return AbsoluteResults(text: try file.read(at: 0, count: count))
  }

  /// Appends to the record and flushes it, so that what is done afterwards can be done again.
  func keepResults(_ results: [AbsoluteResult]) throws(BrickError) {
    guard !results.isEmpty else { return }
    let directory = try openScratch().directory
    let file = try directory.open(Scratch.results, Descriptor.writing | O_CREAT, mode: 0o600)
    var end = Int(try file.status().st_size)
    // A line that a crash tore off is ended, so that it does not swallow the next.
    if end > 0, try file.read(at: end - 1, count: 1) != [UInt8(ascii: "\n")] {
      try file.write([UInt8(ascii: "\n")], at: end)
      end += 1
    }
    try file.write(ByteView(results.flatMap(\.line)), at: end)
    try file.synchronize()
    try directory.synchronize()
    try hidden.synchronize()
  }
}
