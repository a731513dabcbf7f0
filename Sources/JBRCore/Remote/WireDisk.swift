/// Something that is done to a far host's disk, as `Disk` and `DiskFile` have it. The numbers are
/// the protocol's.
enum DiskChange: Wire {
  case makeDirectory(String)
  /// Makes or opens a file to be written; the answer is its number and its identity.
  case create(String)
  case open(String)
  case rename(String, String)
  case remove(String)
  case synchronizeDirectory(String)
  /// Locks a file until the connection ends.
  case lock(String)
  /// What fails is told by all that is asked of the file later.
  case write(UInt32, at: Int, ByteView)
  case allocate(UInt32, Int)
  case truncate(UInt32, Int)
  case synchronize(UInt32)
  case close(UInt32)

  init(from reader: inout WireReader) throws(FormatError) {
    let number: UInt8 = try reader.integer()
    switch number {
    case 1: self = .makeDirectory(try Self.path(&reader))
    case 2: self = .create(try Self.path(&reader))
    case 3: self = .open(try Self.path(&reader))
    case 4: self = .rename(try Self.path(&reader), try Self.path(&reader))
    case 5: self = .remove(try Self.path(&reader))
    case 6: self = .synchronizeDirectory(try Self.path(&reader))
    case 7: self = .lock(try Self.path(&reader))
    case 8:
      self = .write(try reader.integer(), at: try reader.offset(), try reader.counted())
    case 9: self = .allocate(try reader.integer(), try reader.offset())
    case 10: self = .truncate(try reader.integer(), try reader.offset())
    case 11: self = .synchronize(try reader.integer())
    case 12: self = .close(try reader.integer())
    default: throw reader.illegal(number, "a change of a disk")
    }
  }

  private static func path(_ reader: inout WireReader) throws(FormatError) -> String {
    let path = try String(from: &reader)
    // The system would end the path there, and take it for another.
    guard !path.utf8.contains(0) else { throw reader.illegal(0, "a path") }
    return path
  }

  func write(to writer: inout WireWriter) {
    switch self {
    case .makeDirectory(let path): writer.put(1, path)
    case .create(let path): writer.put(2, path)
    case .open(let path): writer.put(3, path)
    case .rename(let path, let new): writer.put(4, path, new)
    case .remove(let path): writer.put(5, path)
    case .synchronizeDirectory(let path): writer.put(6, path)
    case .lock(let path): writer.put(7, path)
    case .write(let file, let offset, let bytes): writer.put(8, file, offset, bytes)
    case .allocate(let file, let count): writer.put(9, file, count)
    case .truncate(let file, let count): writer.put(10, file, count)
    case .synchronize(let file): writer.put(11, file)
    case .close(let file): writer.put(12, file)
    }
  }
}

/// A file that was opened to be written: its number, and by what it is known when it is read.
typealias FarOpening = WirePair<UInt32, FileIdentity>

/// What a client of the far end writes to and holds: gone with the connection.
final class FarDisk {
  private struct Written {
    let file: any DiskFile
    /// The first write that failed. Nobody waited for its answer.
    var failure: Failure?
  }

  private static let fileCountMax = 1024
  private let disk = SystemDisk()
  private var locks: [any AnyObject & Sendable] = []
  private var files: [UInt32: Written] = [:]
  private var nextNumber: UInt32 = 0

  /// Does it; the answer is the number of a file that it opened.
  func perform(_ change: DiskChange) throws(Failure) -> UInt32? {
    switch change {
    case .create(let path): return try keep(path) { path throws(Failure) in try disk.create(path) }
    case .open(let path): return try keep(path) { path throws(Failure) in try disk.open(path) }
    case .makeDirectory(let path): try disk.makeDirectory(path)
    case .rename(let path, let new): try disk.rename(path, to: new)
    case .remove(let path): try disk.remove(path)
    case .synchronizeDirectory(let path): try disk.synchronizeDirectory(path)
    case .lock(let path): locks.append(try disk.lock(path))
    case .write(let number, let offset, let bytes): try write(bytes, to: number, at: offset)
    case .allocate(let number, let count): try file(number).allocate(to: count)
    case .truncate(let number, let count): try file(number).truncate(to: count)
    case .synchronize(let number): try synchronize(number)
    case .close(let number): files[number] = nil
    }
    return nil
  }

  private func keep(
    _ path: String, _ open: (String) throws(Failure) -> any DiskFile
  ) throws(Failure) -> UInt32 {
    guard files.count < Self.fileCountMax else {
      throw Failure(.ioError, "too many files are open", path: path)
    }
    let file = try open(path)
    nextNumber += 1
    files[nextNumber] = Written(file: file)
    return nextNumber
  }

  private func file(_ number: UInt32) throws(Failure) -> any DiskFile {
    guard let written = files[number] else {
      throw Failure(.ioError, "file \(number) was not opened")
    }
    if let failure = written.failure { throw failure }
    return written.file
  }

  private func write(_ bytes: ByteView, to number: UInt32, at offset: Int) throws(Failure) {
    let file = try file(number)
    do throws(Failure) { try file.write(bytes, at: offset) } catch {
      files[number]?.failure = error
      throw error
    }
  }

  private func synchronize(_ number: UInt32) throws(Failure) {
    let file = try file(number)
    do throws(Failure) { try file.synchronize() } catch {
      // Linux tells it once, and takes what it lost for written then.
      files[number]?.failure = error
      throw error
    }
  }
}
