import Synchronization
import Histories
import Testing

@testable import JBRCore

@Suite("Connections that are cut, fall silent, or lie")
struct RemoteTroubleTests {
  @Test func whatIsOnlyLookedAtIsAskedForAgain() throws {
    let directory = try TemporaryDirectory()
    let host = FarHost()
    let place = try host.hosts().files(of: "h:/")
    for round in 1...4 {
      #expect(try place.names(in: "h:" + directory.path) == [])
      #expect(host.connectionCount == round)
      host.cut()
    }
    let lost = try #require(failure(of: { try place.names(in: "h:" + directory.path) }))
    #expect(lost.status == .tryAgain)
    #expect(lost.path == "h")
    #expect(host.notes.count == 3)
  }

  @Test func bricksAreOpenedAgainAndWhatWasUnderWayIsNotLost() throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    for name in ["a", "b"] {
      _ = try NativeBrick(path: directory.path + "/" + name, creating: true)
    }
    let host = FarHost()
    let hosts = host.hosts()
    let bricks = try ["a", "b"].map { try hosts.brick("h:\(directory.path)/\($0)") }
    host.cut()
    bricks[1].expect([.status(.root), .xattrs(.root)])
    #expect(try bricks[0].status(.root)?.type == .directory)
    #expect(try bricks[1].status(.root)?.type == .directory)
    #expect(host.connectionCount == 2)
    try hosts.requireWhole()
  }

  @Test func aCutBehindAChangeOrALockEndsAll() throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    _ = try NativeBrick(path: directory.path + "/b", creating: true)
    let path = "h:" + directory.path + "/b"
    for locks in [false, true] {
      let host = FarHost()
      let hosts = host.hosts()
      let brick = try hosts.brick(path)
      let lock = locks ? try hosts.lock(path) : nil
      if !locks { try brick.setMode(.root, 0o755) }
      host.cut()
      for _ in 1...2 {
        let lost = try #require(failure(of: { try brick.status(.root) }))
        #expect(lost.status == .tryAgain)
        #expect(lost.description.hasPrefix("h: "))
        #expect(lost.message.contains("run the same command again"))
      }
      #expect(host.connectionCount == 1)
      #expect(failure(of: { try hosts.requireWhole() })?.status == .tryAgain)
      withExtendedLifetime(lock) {}
      // What the far end held is free.
      host.wait()
      _ = try File.locking(directory.path + "/b")
    }
  }

  @Test func aLockKeepsOthersOut() throws {
    let directory = try TemporaryDirectory()
    let host = FarHost()
    let hosts = host.hosts()
    let lock = try hosts.lock("h:" + directory.path)
    #expect(failure(of: { try File.locking(directory.path) })?.status == .tryAgain)
    let other = try #require(failure(of: { try FarHost().hosts().lock("g:" + directory.path) }))
    #expect(other.status == .tryAgain)
    #expect(other.path == "g:" + directory.path)
    withExtendedLifetime(lock) {}
    hosts.close()
    host.wait()
    _ = try File.locking(directory.path)
  }

  /// A cable that is pulled ends no connection.
  @Test func silenceIsACutOnBothSides() throws {
    let silent = FarHost { stream in
      let channel = WireChannel(stream, seconds: 30)
      _ = try? channel.take(RemoteGreeting.byteCount, patiently: true)
      try? channel.sendPlain(RemoteGreeting(seconds: 1).bytes)
      while (try? channel.receive()) != nil {}
    }
    let place = try silent.hosts(seconds: 1).files(of: "h:/")
    let lost = try #require(failure(of: { try place.kind("h:/") }))
    #expect(lost.status == .tryAgain)
    #expect(lost.message.contains("nothing was heard for 1 seconds"))

    let (near, far) = try DescriptorStream.pair()
    let ended = Mutex<Failure?>(nil)
    let thread = try JBRCore.Thread {
      do throws(Failure) { try RemoteServer(far).run() } catch { ended.withLock { $0 = error } }
    }
    let channel = WireChannel(near, seconds: 30)
    try channel.sendPlain(RemoteGreeting(seconds: 1).bytes)
    thread.join()
    #expect(ended.withLock { $0 }?.status == .tryAgain)
  }

  /// A far end that never says who it is.
  @Test func whoeverSaysNothingIsNotWaitedForForEver() throws {
    let silent = FarHost { stream in
      let channel = WireChannel(stream, seconds: 30)
      while (try? channel.take(1, patiently: true)) != nil {}
    }
    let place = try silent.hosts(seconds: 1).files(of: "h:/")
    let lost = try #require(failure(of: { try place.kind("h:/") }))
    #expect(lost.status == .tryAgain)
    #expect(lost.message == "said nothing for 1 seconds")
  }

  /// Who takes long is not taken for gone.
  @Test func aSlowAnswerIsWaitedFor() throws {
    let slow = FarHost { stream in
      let channel = WireChannel(stream, seconds: 1)
      _ = try? channel.take(RemoteGreeting.byteCount, patiently: true)
      try? channel.sendPlain(RemoteGreeting(seconds: 1).bytes)
      try? channel.keepAlive()
      let desk = RemoteDesk()
      while let message = try? channel.receive() {
        sleep(microseconds: 2_500_000)
        try? channel.send(desk.answer(message))
      }
      channel.end()
    }
    let place = try slow.hosts(seconds: 1).files(of: "h:/")
    #expect(try place.kind("h:/") == .directory)
    #expect(slow.notes == [])
  }

  /// What answers instead of a server, and the status that comes of it.
  struct Liar: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var status: JBRCore.ExitStatus
    var greeting: [UInt8] = RemoteGreeting(seconds: 9).bytes
    var answer: @Sendable ([UInt8]) -> [UInt8] = { _ in [] }
  }

  private static func frame(_ message: [UInt8], content: Int? = nil) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: UInt32(message.count))
    bytes.append(integer: UInt32(content ?? message.count))
    return bytes + message
  }

  private static func reply(_ body: [UInt8], to message: [UInt8]) -> [UInt8] {
    frame(Array(message[..<8]) + body)
  }

  static let liars: [Liar] = [
    Liar(
      testDescription: "a login script that prints", status: .unavailable,
      greeting: [UInt8]("Welcome to this host, dear friend of ours!\n".utf8)),
    Liar(
      testDescription: "another protocol", status: .unavailable,
      greeting: {
        var greeting = RemoteGreeting(seconds: 9)
        greeting.version = 77
        return greeting.bytes
      }()),
    Liar(testDescription: "a huge frame", status: .ioError) { _ in
      [UInt8](repeating: 0xff, count: 8)
    },
    Liar(testDescription: "a frame of more than it means", status: .ioError) { _ in
      frame([1, 2, 3], content: 2)
    },
    Liar(testDescription: "what is no zstd", status: .ioError) { _ in frame([1, 2], content: 99) },
    Liar(testDescription: "another number", status: .ioError) { message in
      frame([7, 7, 7, 7, 7, 7, 7, 7, 0, 0])
    },
    Liar(testDescription: "no kind of answer", status: .ioError) { message in
      reply([9], to: message)
    },
    Liar(testDescription: "too few bytes", status: .ioError) { message in
      reply([0, 1], to: message)
    },
    Liar(testDescription: "too many bytes", status: .ioError) { message in
      reply([0, 0, 0], to: message)
    },
    Liar(testDescription: "a kind that is none", status: .ioError) { message in
      reply([0, 1, 200], to: message)
    },
    Liar(testDescription: "a failure of no status", status: .ioError) { message in
      reply([1, 9, 9, 9, 9], to: message)
    },
  ]

  @Test(arguments: liars)
  func aFarEndThatLiesIsNotBelieved(liar: Liar) throws {
    let host = FarHost { stream in
      let channel = WireChannel(stream, seconds: 9)
      _ = try? channel.take(RemoteGreeting.byteCount, patiently: true)
      try? channel.sendPlain(liar.greeting)
      while let message = try? channel.receive() { try? channel.sendPlain(liar.answer(message)) }
    }
    let place = try host.hosts().files(of: "h:/")
    let found = try #require(failure(of: { try place.kind("h:/") }))
    #expect(found.status == liar.status, "\(found)")
    #expect(found.path == "h")
    #expect(!found.description.contains("\n"))
  }

  /// Answers that can be read and cannot be right.
  @Test func wrongAnswersAreRefused() throws {
    let host = FarHost { stream in
      let channel = WireChannel(stream, seconds: 9)
      _ = try? channel.take(RemoteGreeting.byteCount, patiently: true)
      try? channel.sendPlain(RemoteGreeting(seconds: 9).bytes)
      while let message = try? channel.receive() {
        let answer: [UInt8] =
          switch message[8] {
          case 2: WireList(["good", "..", "a/b", ""]).message
          case 4: Int(-1).message
          case 6: ByteView([1, 2, 3]).message
          case 7: Optional(Int(3)).message
          case 8: ContentSums(digest: Digest(of: []), checksum: 0, byteCount: 99).message
          default: []
          }
        try? channel.send(Array(message[..<8]) + [0] + answer)
      }
    }
    let place = try host.hosts().files(of: "h:/")
    #expect(try place.names(in: "h:/") == ["good"])
    let source = place.source("h:/f")
    #expect(failure(of: { try source.byteCount() })?.status == .ioError)
    #expect(failure(of: { try source.read(at: 0, count: 2) })?.status == .ioError)
    #expect(failure(of: { try source.nextData(from: 4) })?.status == .ioError)
    #expect(failure(of: { try source.sums(of: Stretch(at: 0, count: 5)) })?.status == .ioError)
  }

  /// Whatever comes, the far end answers or hangs up.
  @Test func anyRequestIsAnswered() throws {
    let desk = RemoteDesk()
    var random = SeededGenerator(seed: 3)
    let real = [
      RemoteRequest.look(0, .status(.root)).message,
      RemoteRequest.change(0, .setXattr(.root, [1], [2, 3], .set)).message,
      RemoteRequest.read(FarFile("/nowhere"), Stretch(at: 0, count: 9)).message,
      RemoteRequest.processUsing(["/nowhere", "/neither"]).message,
      RemoteRequest.disk(.write(3, at: 5, [1, 2])).message,
    ]
    for round in 0..<20_000 {
      var bytes = [UInt8](repeating: 1, count: 8) + real[round % real.count]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 8..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      // Paths stay those of nothing: a request must not happen upon a real file.
      let isPath = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11].contains(bytes[8]) && round % 4 != 2
      if isPath { continue }
      if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<8, using: &random)) }
      let answer = desk.answer(bytes)
      #expect(answer.count > 8)
      #expect(AnswerKind(rawValue: answer[8]) != nil)
    }
    #expect(desk.answer([]).count > 8)
  }
}
