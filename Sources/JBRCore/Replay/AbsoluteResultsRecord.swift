import Glibc

/// Where a replay keeps what appends and sums come to: lines, as `AbsoluteResults` reads them.
public protocol ResultsRecord: AnyObject {
  /// All lines; none if there is no record. Changes nothing.
  func recorded() throws(Failure) -> [UInt8]
  /// Adds lines and flushes them, so that what is done afterwards can be done again.
  func record(_ lines: ByteView) throws(Failure)
}

/// In the brick itself, where all who replay onto it find it.
extension NativeBrick: ResultsRecord {
  public func recorded() throws(Failure) -> [UInt8] {
    do throws(BrickError) {
      guard let directory = try hidden.subdirectory(Scratch.name),
        try directory.status(Scratch.results) != nil
      else { return [] }
      let file = try directory.open(Scratch.results, Descriptor.reading)
      return try file.read(at: 0, count: Int(try file.status().st_size))
    } catch {
      throw Failure(error, path: path)
    }
  }

  public func record(_ lines: ByteView) throws(Failure) {
    do throws(BrickError) {
      let directory = try openScratch().directory
      let file = try directory.open(Scratch.results, Descriptor.writing | O_CREAT, mode: 0o600)
      var end = Int(try file.status().st_size)
      // A line that a crash tore off is ended, so that it does not swallow the next.
      if end > 0, try file.read(at: end - 1, count: 1) != [UInt8(ascii: "\n")] {
        try file.write([UInt8(ascii: "\n")], at: end)
        end += 1
      }
      try file.write(lines, at: end)
      try file.synchronize()
      try directory.synchronize()
      try hidden.synchronize()
    } catch {
      throw Failure(error, path: path)
    }
  }
}

/// In a file of this machine, for a brick that is reached through GlusterFS. Its first line names
/// the brick, so that one brick's results are not taken for another's.
public final class ResultsFile: ResultsRecord {
  private let path: String
  private let brick: String
  private var head: [UInt8] { [UInt8]("brick \(brick)\n".utf8) }

  /// A record that need not be there yet; `brick` tells the brick from others.
  public init(path: String, brick: String) {
    self.path = path
    self.brick = brick
  }

  public func recorded() throws(Failure) -> [UInt8] {
    guard try pathKind(path) != nil else { return [] }
    let file = try File.regular(path)
    let text = try file.read(at: 0, count: file.byteCount())
    // A record whose first line was torn off holds nothing yet.
    guard text.contains(UInt8(ascii: "\n")) else { return [] }
    guard text.starts(with: head) else {
      throw Failure(
        .refused, "is the record of another brick, not of \(brick): name another with --results",
        path: path, at: .line(1))
    }
    return [UInt8](text.dropFirst(head.count))
  }

  public func record(_ lines: ByteView) throws(Failure) {
    let isNew = try recorded().isEmpty
    let file = try File(path, O_RDWR | O_CREAT, mode: 0o600, failing: .cannotCreate)
    var end = isNew ? 0 : try file.byteCount()
    if isNew {
      try file.truncate(to: 0)
      try file.write(head[...], at: 0)
      end = head.count
    } else if try file.read(at: end - 1, count: 1) != [UInt8(ascii: "\n")] {
      // As in a brick's own record.
      try file.write([UInt8(ascii: "\n")], at: end)
      end += 1
    }
    try file.write(lines, at: end)
    try file.synchronize()
    try File(directoryPath(of: path), O_RDONLY | O_DIRECTORY).synchronize()
  }
}
