import Synchronization
import Histories
import Testing

@testable import JBRCore

@Suite("Journals on other hosts")
struct RemoteDiskTests {
  @Test func primitivesAreThoseOfTheSystem() throws {
    let directory = try TemporaryDirectory()
    let far = "h:" + directory.path
    let host = FarHost()
    let hosts = host.hosts()
    let (disk, path) = try hosts.disk(of: far)
    #expect(path == far)
    try disk.makeDirectory(far + "/d")
    #expect(failure(of: { try disk.makeDirectory(far + "/d") })?.errno == 17)
    let file = try disk.create(far + "/d/f")
    #expect(file.path == far + "/d/f")
    let content = (0..<RemoteBrick.blockByteCount + 5).map { UInt8(truncatingIfNeeded: $0 >> 2) }
    try file.write(content[...], at: 3)
    // What was not answered yet is read all the same.
    #expect(try file.byteCount() == content.count + 3)
    try file.allocate(to: content.count + 100)
    #expect(try file.byteCount() == content.count + 100)
    try file.truncate(to: 10)
    try file.synchronize()
    #expect(try File(directory.path + "/d/f").read(at: 0, count: 99) == [0, 0, 0] + content[..<7])
    #expect(failure(of: { try disk.create(far + "/d/f") })?.errno == 17)
    #expect(failure(of: { try disk.open(far + "/d/g") })?.errno == 2)
    #expect(failure(of: { try disk.open(far + "/d/g") })?.path == far + "/d/g")
    #expect(failure(of: { try disk.openForReading(far + "/d/g") })?.errno == 2)
    try disk.rename(far + "/d/f", to: far + "/d/g")
    try disk.synchronizeDirectory(far + "/d")
    #expect(try disk.names(in: far + "/d") == ["g"])
    #expect(try disk.open(far + "/d/g").read(at: 3, count: 4) == Array(content[..<4]))
    #expect(try disk.openForReading(far + "/d/g").byteCount() == 10)
    #expect(try disk.exists(far + "/d/g"))
    #expect(try disk.freeByteCount(far) > 0)
    try disk.remove(far + "/d/g")
    #expect(try !disk.exists(far + "/d/g"))
    try hosts.requireWhole()
    hosts.close()
    host.wait()
  }

  /// Nobody waits for a write; what becomes of it is told before anything counts as durable.
  @Test func aFileRemembersThatAWriteFailed() throws {
    let disk = FarDisk()
    let full = try #require(try disk.perform(.open("/dev/full")))
    for change in [DiskChange.write(full, at: 0, [1]), .synchronize(full), .write(full, at: 0, [])]
    {
      #expect(failure(of: { try disk.perform(change) })?.errno == noSpace)
    }
    #expect(failure(of: { try disk.perform(.truncate(full, 0)) })?.errno == noSpace)
    #expect(try disk.perform(.close(full)) == nil)
    #expect(failure(of: { try disk.perform(.synchronize(full)) })?.status == .ioError)
  }

  /// And by the file that it is of: neither by another one nor by a brick there.
  @Test func aWriteThatFailsIsToldBySynchronize() throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    _ = try NativeBrick(path: directory.path + "/b", creating: true)
    let far = "h:" + directory.path
    let host = FarHost { stream in
      let channel = WireChannel(stream, seconds: 9)
      _ = try? channel.take(RemoteGreeting.byteCount, patiently: true)
      try? channel.sendPlain(RemoteGreeting(seconds: 9).bytes)
      let desk = RemoteDesk()
      while let message = try? channel.receive() {
        // What is asked of the first file fails, as on a disk that is full.
        let isBad = message[8] == 15 && [8, 11].contains(message[9]) && message[10] == 1
        let failure = Failure(.ioError, "no space", path: directory.path + "/bad", errno: noSpace)
        try? channel.send(
          isBad ? Array(message[..<8]) + [1] + encoded(failure) : desk.answer(message))
      }
    }
    let hosts = host.hosts()
    let (disk, _) = try hosts.disk(of: far)
    let brick = try hosts.brick(far + "/b")
    let (bad, good) = (try disk.create(far + "/bad"), try disk.create(far + "/good"))
    for _ in 1...2 {
      try bad.write([1], at: 0)
      try good.write([2], at: 0)
      try good.synchronize()
      try brick.setMode(.root, 0o755)
      let found = try #require(failure(of: { try bad.synchronize() }))
      #expect(found.errno == noSpace)
      #expect(found.path == far + "/bad")
    }
    #expect(try File(directory.path + "/good").read(at: 0, count: 9) == [2])
  }

  @Test func aJournalIsWrittenAsOneOfThisHost() throws {
    let directory = try TemporaryDirectory()
    let near = directory.path + "/j"
    let host = FarHost()
    let hosts = host.hosts()
    let (disk, far) = try hosts.disk(of: "h:" + near)
    try JournalWriter.create(on: disk, directory: far, superblock: JournalWorkload.superblock())
    let writer = try JournalWriter(on: disk, directory: far)
    // The lock is held there.
    #expect(
      failure(of: { try JournalWriter(on: SystemDisk(), directory: near) })?.status == .tryAgain)
    try writer.open(Term(1))
    let requests = (1...40).map { number in
      NewRequest(
        Request.write(GFID(high: 1, low: 1), count: number * 5000, at: Int64(number)),
        payload: Payload([UInt8](repeating: UInt8(number), count: number * 5000)))
    }
    let ids = try writer.commit(requests.map { .request($0) })
    #expect(ids.count == 40)
    hosts.close()
    host.wait()
    let again = try JournalWriter(on: SystemDisk(), directory: near)
    #expect(again.cuts.isEmpty)
    #expect(again.superblock.bootCount == writer.superblock.bootCount + 1)
    let journal = try ReplicaJournal(
      name: "r", files: JBRDirectory.files(near, on: SystemDisk()))
    #expect(journal.damages == [])
    #expect(journal.records.count == 40)
    for (number, record) in journal.records.enumerated() {
      let expected = [UInt8](repeating: UInt8(number + 1), count: (number + 1) * 5000)
      #expect(try record.payload?.read() == expected)
    }
  }

  /// A far end whose disk is slow reads what comes meanwhile, and takes only so much.
  @Test func noMoreIsSentAheadThanTheFarEndTakes() throws {
    let directory = try TemporaryDirectory()
    let far = "h:" + directory.path
    let waiting = Mutex<(messages: [[UInt8]], most: Int, isOver: Bool)>(([], 0, false))
    let host = FarHost { stream in
      let channel = WireChannel(stream, seconds: 30)
      _ = try? channel.take(RemoteGreeting.byteCount, patiently: true)
      try? channel.sendPlain(RemoteGreeting(seconds: 30).bytes)
      let worker = try? JBRCore.Thread {
        let desk = RemoteDesk()
        var hasStalled = false
        while !waiting.withLock({ $0.isOver }) {
          sleep(microseconds: 5000)
          let (message, most) = waiting.withLock { ($0.messages.first, $0.most) }
          guard let message else { continue }
          if !hasStalled, message[8] == 15, message[9] == 8 {
            guard most > 32 << 20 else { continue }
            // Whoever takes no heed sends on.
            sleep(microseconds: 2_000_000)
            hasStalled = true
          }
          try? channel.send(desk.answer(message))
          waiting.withLock { _ = $0.messages.removeFirst() }
        }
      }
      while let message = try? channel.receive() {
        waiting.withLock { waiting in
          waiting.messages.append(message)
          waiting.most = max(waiting.most, waiting.messages.reduce(0) { $0 + $1.count })
        }
      }
      waiting.withLock { $0.isOver = true }
      worker?.join()
    }
    let hosts = host.hosts()
    let (disk, _) = try hosts.disk(of: far)
    let file = try disk.create(far + "/f")
    var random = SeededGenerator(seed: 5)
    let block = (0..<RemoteBrick.blockByteCount / 8).flatMap { _ in
      withUnsafeBytes(of: random.next()) { Array($0) }
    }
    for number in 0..<20 { try file.write(block[...], at: number * block.count) }
    try file.synchronize()
    #expect(try file.read(at: 19 * block.count, count: block.count) == block)
    hosts.close()
    host.wait()
    let most = waiting.withLock { $0.most }
    #expect(most < 48 << 20)
  }

  @Test func aCutEndsAllAndFreesTheLock() throws {
    let directory = try TemporaryDirectory()
    let far = "h:" + directory.path
    let host = FarHost()
    let (disk, _) = try host.hosts().disk(of: far)
    let lock = try disk.lock(far + "/lock")
    let other = try #require(failure(of: { try SystemDisk().lock(directory.path + "/lock") }))
    #expect(other.status == .tryAgain)
    let file = try disk.create(far + "/f")
    host.cut()
    try? file.write([1], at: 0)
    let lost = try #require(failure(of: { try file.synchronize() }))
    #expect(lost.status == .tryAgain)
    #expect(lost.message.contains("run the same command again"))
    #expect(host.connectionCount == 1)
    withExtendedLifetime(lock) {}
    host.wait()
    _ = try SystemDisk().lock(directory.path + "/lock")
  }

  /// Lengths that cannot be right are not believed.
  @Test func wrongAnswersAreRefused() throws {
    let host = FarHost { stream in
      let channel = WireChannel(stream, seconds: 9)
      _ = try? channel.take(RemoteGreeting.byteCount, patiently: true)
      try? channel.sendPlain(RemoteGreeting(seconds: 9).bytes)
      while let message = try? channel.receive() {
        let answer: [UInt8] =
          switch (message[8], message[9]) {
          case (4, _): Int(-1).message
          case (6, _): ByteView([1, 2, 3]).message
          case (14, _): Int(-5).message
          case (15, 2), (15, 3): FarOpening(7, FileIdentity(device: 1, inode: 2)).message
          case (15, 11): [1, 2, 3]
          default: []
          }
        try? channel.send(Array(message[..<8]) + [0] + answer)
      }
    }
    let (disk, _) = try host.hosts().disk(of: "h:/")
    #expect(try disk.freeByteCount("h:/") == 0)
    let file = try disk.create("h:/f")
    #expect(failure(of: { try file.byteCount() })?.status == .ioError)
    #expect(failure(of: { try file.read(at: 0, count: 2) })?.status == .ioError)
    #expect(failure(of: { try file.synchronize() })?.status == .ioError)
  }

  /// What asks for what no client asks for changes nothing.
  @Test func wrongRequestsAreRefused() throws {
    let directory = try TemporaryDirectory()
    let desk = RemoteDesk()
    func answer(_ change: DiskChange) -> UInt8 {
      desk.answer([UInt8](repeating: 1, count: 8) + RemoteRequest.disk(change).message)[8]
    }
    #expect(answer(.write(1, at: 0, [1])) == 1)
    #expect(answer(.synchronize(9)) == 1)
    #expect(answer(.create(directory.path + "/f\0g")) == 1)
    #expect(answer(.create(directory.path + "/f")) == 0)
    #expect(answer(.write(1, at: -1, [1])) == 1)
    #expect(answer(.write(1, at: Int.max, [1])) == 1)
    #expect(answer(.allocate(1, Int.max)) == 1)
    #expect(answer(.truncate(1, -5)) == 1)
    #expect(answer(.close(1)) == 0)
    #expect(answer(.write(1, at: 0, [1])) == 1)
    #expect(try SystemDisk().names(in: directory.path) == ["f"])
    #expect(try File(directory.path + "/f").byteCount() == 0)
  }
}

/// Of a failure, whose own message is its text.
private func encoded(_ failure: Failure) -> [UInt8] {
  var writer = WireWriter()
  failure.write(to: &writer)
  return writer.bytes
}
