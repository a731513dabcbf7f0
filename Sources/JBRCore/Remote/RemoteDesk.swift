/// Does requests, and holds what they opened and locked.
final class RemoteDesk {
  private var files = RecentCache<FarFile, any ByteSource>(countMax: 64)
  private var locks: [File] = []
  private let disk = FarDisk()
  private var bricks: [(path: String, brick: NativeBrick)] = []
  /// The listing of which a part was asked for last.
  private var listing: (gfid: GFID, entries: [(name: ByteView, entry: DirectoryEntry)])?

  /// The answer to a message: the request's number, what follows, and that.
  func answer(_ message: [UInt8]) -> [UInt8] {
    var writer = WireWriter()
    var reader = WireReader(message[...])
    let number: UInt64
    let request: RemoteRequest
    do throws(FormatError) {
      number = try reader.integer()
      request = try WireReader.read(message.dropFirst(8))
    } catch {
      writer.append(integer: UInt64(0))
      AnswerKind.failure.write(to: &writer)
      Failure(.ioError, "the request makes no sense: \(error.field) \(error.reason)")
        .write(to: &writer)
      return writer.bytes
    }
    writer.append(integer: number)
    let head = writer
    do throws(RemoteTrouble) {
      AnswerKind.value.write(to: &writer)
      try answer(request, &writer)
      if writer.bytes.count <= WireChannel.frameByteCountMax { return writer.bytes }
      throw .failure(Failure(.ioError, "the answer is too long for the wire"))
    } catch {
      writer = head
      switch error {
      case .failure(let failure):
        AnswerKind.failure.write(to: &writer)
        failure.write(to: &writer)
      case .brick(let error):
        AnswerKind.brickError.write(to: &writer)
        error.write(to: &writer)
      }
      return writer.bytes
    }
  }

  private func answer(
    _ request: RemoteRequest, _ writer: inout WireWriter
  ) throws(RemoteTrouble) {
    switch request {
    case .look(let number, let look):
      let brick = try brick(number)
      do throws(BrickError) { try answer(look, brick, &writer) } catch { throw .brick(error) }
    case .change(let number, let change):
      let brick = try brick(number)
      do throws(BrickError) { try perform(change, on: brick) } catch { throw .brick(error) }
    default:
      do throws(Failure) { try answerFile(request, &writer) } catch { throw .failure(error) }
    }
  }

  private func brick(_ number: UInt32) throws(RemoteTrouble) -> NativeBrick {
    guard Int(number) < bricks.count else {
      throw .failure(Failure(.ioError, "brick \(number) was not opened"))
    }
    return bricks[Int(number)].brick
  }

  private func answerFile(
    _ request: RemoteRequest, _ writer: inout WireWriter
  ) throws(Failure) {
    let place = SystemFiles()
    switch request {
    case .kind(let path): try place.kind(path).write(to: &writer)
    case .names(let path): WireList(try place.names(in: path)).write(to: &writer)
    case .identity(let file): try identify(file).write(to: &writer)
    case .byteCount(let file): try source(file).byteCount().write(to: &writer)
    case .byteCountFromOutside(let path):
      try place.byteCountFromOutside(path).write(to: &writer)
    case .read(let file, let stretch):
      guard stretch.count <= RemoteBrick.blockByteCount else {
        throw Failure(.ioError, "too much was asked for", path: file.path)
      }
      try source(file).read(at: stretch.offset, count: stretch.count)[...].write(to: &writer)
    case .nextData(let file, let offset):
      try source(file).nextData(from: max(0, offset)).write(to: &writer)
    case .sums(let file, let stretch): try source(file).sums(of: stretch).write(to: &writer)
    case .lock(let path): locks.append(try File.locking(path))
    case .processUsing(let paths):
      JBRCore.processUsing(paths).map { WirePair($0.process, $0.path) }.write(to: &writer)
    case .openBrick(let path): try open(path).write(to: &writer)
    case .freeByteCount(let path): try SystemDisk().freeByteCount(path).write(to: &writer)
    case .disk(let change): try perform(change, &writer)
    case .heads(let file, let place, let count):
      try WireList(heads(of: file, from: place, byteCount: count)).write(to: &writer)
    case .termSums(let file, let isChecking):
      try sums(of: file, checkingPayloads: isChecking).write(to: &writer)
    case .look, .change: break
    }
  }

  private func perform(_ change: DiskChange, _ writer: inout WireWriter) throws(Failure) {
    guard let number = try disk.perform(change) else { return }
    switch change {
    case .create(let path), .open(let path):
      try FarOpening(number, identify(FarFile(path))).write(to: &writer)
    default: break
    }
  }

  private func open(_ path: String) throws(Failure) -> UInt32 {
    if let known = bricks.firstIndex(where: { $0.path == path }) { return UInt32(known) }
    guard bricks.count < Self.brickCountMax else {
      throw Failure(.ioError, "too many bricks are open", path: path)
    }
    bricks.append((path, try NativeBrick(path: path)))
    return UInt32(bricks.count - 1)
  }

  private static let brickCountMax = 64

  private func identify(_ file: FarFile) throws(Failure) -> FileIdentity {
    let opened = try File.regular(file.path)
    var known = file
    known.identity = try opened.identity()
    files.insert(try view(opened, of: file), known)
    return try opened.identity()
  }

  /// The file that is meant, opened; one that was opened before must be the same still.
  func source(_ file: FarFile) throws(Failure) -> any ByteSource {
    if file.identity != nil, let known = files[file] { return known }
    let opened = try File.regular(file.path)
    let view = try view(opened, of: file)
    guard let identity = file.identity else { return view }
    guard try opened.identity() == identity else {
      throw Failure(
        .tryAgain, "was replaced while it was read: run the command again",
        path: file.path)
    }
    files.insert(view, file)
    return view
  }

  private func view(_ opened: File, of file: FarFile) throws(Failure) -> any ByteSource {
    file.isDecompressed ? try CompressedSource(opened) : opened
  }
}

/// What a request came to that was not done.
enum RemoteTrouble: Error {
  case failure(Failure)
  case brick(BrickError)
}

extension RemoteDesk {
  private func answer(
    _ look: BrickLook, _ brick: NativeBrick, _ writer: inout WireWriter
  ) throws(BrickError) {
    switch look {
    case .status(let gfid): try brick.status(gfid).write(to: &writer)
    case .lookup(let name): try brick.lookup(name).write(to: &writer)
    case .list(let gfid, let first): try list(gfid, from: first, brick).write(to: &writer)
    case .place(let gfid): try brick.place(ofDirectory: gfid).write(to: &writer)
    case .symlinkTarget(let gfid): try brick.symlinkTarget(gfid).write(to: &writer)
    case .read(let gfid, let offset, let count):
      try brick.read(gfid, at: offset, count: count)[...].write(to: &writer)
    case .nextData(let gfid, let offset):
      try brick.nextData(gfid, from: offset).write(to: &writer)
    case .xattrs(let gfid):
      let pairs = try brick.xattrs(gfid).map { WirePair($0.key, $0.value) }
      WireList(pairs).write(to: &writer)
    case .xattr(let gfid, let key): try brick.xattr(gfid, key).write(to: &writer)
    case .digest(let gfid, let offset, let count):
      try brick.digest(gfid, at: offset, count: count).write(to: &writer)
    case .trimmedDigest(let gfid, let range):
      try brick.trimmedDigest(gfid, range).write(to: &writer)
    case .contentDigest(let gfid, let range):
      try brick.contentDigest(gfid, range).write(to: &writer)
    case .soundness(let name): try brick.soundness(name).write(to: &writer)
    case .plainXattrs(let gfid):
      let pairs = try brick.plainXattrs(gfid).map { WirePair($0.key, $0.value) }
      WireList(pairs).write(to: &writer)
    case .isSetAside(let label):
      guard FileName.isComponent(label) else { throw BrickError(EINVAL, "stat") }
      try brick.isSetAside(label).write(to: &writer)
    case .identity:
      guard case .directory(let device, let inode) = try brick.identity() else {
        throw BrickError(EOPNOTSUPP, "stat")
      }
      FileIdentity(device: device, inode: inode).write(to: &writer)
    case .room: try brick.room().write(to: &writer)
    }
  }

  /// A part of a directory's names behind how many there are.
  private func list(
    _ gfid: GFID, from first: Int, _ brick: NativeBrick
  ) throws(BrickError) -> FarListing {
    if first == 0 || listing?.gfid != gfid { listing = (gfid, try brick.list(gfid)) }
    let all = listing?.entries ?? []
    let part = all.dropFirst(first).prefix(FarListing.countMax)
    if first + part.count >= all.count { listing = nil }
    return FarListing(all.count, WireList(part.map { WirePair($0.name, $0.entry) }))
  }

  private func perform(_ change: BrickChange, on brick: NativeBrick) throws(BrickError) {
    listing = nil
    if case .setAside(_, let label) = change, !FileName.isComponent(label) {
      throw BrickError(EINVAL, "rename")
    }
    try change.perform(on: brick)
  }
}

/// How many names a directory has, and some of them.
typealias FarListing = WirePair<Int, WireList<WirePair<ByteView, DirectoryEntry>>>

extension FarListing {
  /// Names of 255 bytes each still fit a frame.
  static var countMax: Int { 32_768 }
}
