import Foundation
import GlusterTesting
import Testing

@testable import JBRCore

/// What translators cannot do without: the table says what the installed GlusterFS shows.
@Suite struct VolfileNeedTests {
  private typealias Options = [(key: String, value: String)]

  /// What makes translators start; all others need nothing. `@` stands for a new directory, in
  /// which `b0`, `b1`, … are the bricks below.
  private static let complete: [(type: String, options: Options)] = [
    ("cluster/disperse", [("redundancy", "1")]),
    ("cluster/ec", [("redundancy", "1")]),
    ("features/bitrot-stub", [("export", "@/b0")]),
    ("features/cdc", [("mode", "server")]),
    (
      "features/changelog",
      [("changelog-brick", "@/b0"), ("changelog-dir", "@/b0/.glusterfs/changelogs")]
    ),
    ("features/index", [("index-base", "@/index")]),
    (
      "features/marker",
      [
        ("xtime", "on"), ("volume-uuid", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        ("timestamp-file", "@/stamp"),
      ]
    ),
    ("features/trash", [("brick-path", "@/b0")]),
    (
      "protocol/server",
      [
        ("transport-type", "unix"), ("transport.socket.listen-path", "@/s"),
        ("auth.addr.b0.allow", "*"),
      ]
    ),
    (
      "protocol/server",
      [
        ("transport-type", "socket"), ("address-family", "unix"), ("listen-path", "@/s"),
        ("auth.login.b0.allow", "u"), ("auth.login.u.password", "p"),
      ]
    ),
    ("storage/posix", [("directory", "@")]),
  ]

  /// Options without which a translator starts all the same, and then serves nobody: a server lets
  /// nobody in, and an index logs an error and never answers.
  private static let useless = ["auth.addr.b0.allow", "auth.login.b0.allow", "index-base"]
  /// Options that are there only so that others are needed, or belong to them.
  private static let optional = [
    "xtime", "address-family", "auth.login.u.password", "remote-port",
  ]
  /// A daemon of its own, a translator for which a volfile is no place, one that asks glusterd
  /// when it starts, and what needs the other side of a connection.
  private static let apart = [
    "mgmt/glusterd", "mount/fuse", "features/snapview-server", "protocol/client",
  ]

  private struct Case {
    var type: String
    var options: Options
    /// What was left out.
    var missing: String?
  }

  private static func cases() -> [Case] {
    var cases: [Case] = []
    for type in Translator.knownTypes where !type.hasPrefix("experimental/") {
      if apart.contains(type) { continue }
      let all = complete.filter { $0.type == type }.map(\.options)
      for options in all.isEmpty ? [[]] : all {
        cases.append(Case(type: type, options: options))
        for left in options.map(\.key) where !optional.contains(left) {
          cases.append(
            Case(type: type, options: options.filter { $0.key != left }, missing: left))
        }
      }
    }
    return cases
  }

  @Test func theTableNeedsWhatGlusterFSNeeds() throws {
    let cases = Self.cases()
    #expect(cases.count > 70)
    let results = try StartedGraph.all(cases.map { Self.text($0.type, $0.options) })
    for (one, result) in zip(cases, results) {
      let what = "\(one.type) without \(one.missing ?? "nothing"): \(result.log)"
      let found = Self.complaints(one.type, one.options)
      #expect(found.count == (one.missing == nil ? 0 : 1), "\(found): \(what)")
      if let missing = one.missing {
        #expect(
          found.first?.contains("'\(missing)'") == true || missing.hasPrefix("auth."), "\(what)")
        #expect(result.started == Self.useless.contains(missing), "\(what)")
      } else {
        #expect(result.started, "\(what)")
      }
    }
  }

  private static func complaints(_ type: String, _ options: Options) -> [String] {
    parse(text(type, options)).check().filter { $0.rule == .missingOption }.map(\.message)
  }

  /// The volume `x` with the options, on as many bricks as it needs, and a volume on it.
  private static func text(_ type: String, _ options: Options) -> String {
    let bricks = (0..<(Translator.named(type)?.children.lowerBound ?? 0)).map { "b\($0)" }
    var text = bricks.map {
      "volume \($0)\n type storage/posix\n option directory @/\($0)\nend-volume\n"
    }.joined()
    text += "volume x\n type \(type)\n option nonesuch 1\n"
    text += options.map { " option \($0.key) \($0.value)\n" }.joined()
    if !bricks.isEmpty { text += " subvolumes \(bricks.joined(separator: " "))\n" }
    text += "end-volume\n"
    if type == "protocol/server" { return text }
    return text + "volume top\n type debug/io-stats\n subvolumes x\nend-volume\n"
  }

  // MARK: Connections

  /// For a client, whether its need is met is seen by whether it ever connects.
  @Test func aClientNeedsWhatItConnectsWith() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/jbr-need-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let port = BrickServer.freePort()
    let socket = folder + "/s"
    let servers = try [
      Self.server(folder + "/tcp", "socket", "listen-port", "\(port)", port: port),
      Self.server(folder + "/unix", "unix", "listen-path", socket, port: nil, socket: socket),
    ]
    defer { for server in servers { server.kill() } }
    let (host, name) = (("remote-host", "127.0.0.1"), ("remote-subvolume", "b0"))
    let (at, path) = (("remote-port", "\(port)"), ("transport.socket.connect-path", socket))
    let (unix, family) = (("transport-type", "unix"), ("transport.address-family", "unix"))
    let all: [(options: Options, connects: Bool)] = [
      ([host, at, name], true), ([at, name], false), ([host, at], false),
      ([host, path, name, unix], true), ([path, name, unix], false), ([host, path, unix], false),
      ([host, name, unix], false), ([host, at, name, unix], false),
      ([host, path, name, family], true), ([path, name, family], false),
      ([host, name, family], false), ([host, path, name], false),
      ([host, at, path, name], false), ([host, name, unix, ("connect-path", socket)], true),
    ]
    // One that does not connect at once tries again for ever.
    let results = try [true, false].map { connects in
      try StartedGraph.all(
        all.filter { $0.connects == connects }.map { Self.text("protocol/client", $0.options) },
        until: "attached to remote volume", milliseconds: connects ? 20_000 : 2000)
    }
    let sorted = all.filter(\.connects) + all.filter { !$0.connects }
    for (one, result) in zip(sorted, results.joined()) {
      #expect(result.started == one.connects, "\(one.options): \(result.log)")
      #expect(
        Self.complaints("protocol/client", one.options).isEmpty == one.connects, "\(one.options)")
    }
  }

  private static func server(
    _ folder: String, _ transport: String, _ key: String, _ value: String, port: Int?,
    socket: String = ""
  ) throws -> BrickServer {
    try FileManager.default.createDirectory(
      atPath: folder + "/b0", withIntermediateDirectories: true)
    let text = """
      volume b0
       type storage/posix
       option directory \(folder)/b0
      end-volume
      volume s
       type protocol/server
       option transport-type \(transport)
       option transport.socket.bind-address 127.0.0.1
       option transport.socket.\(key) \(value)
       option auth.addr.b0.allow *
       option rpc-auth-allow-insecure on
       subvolumes b0
      end-volume
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/s.vol"))
    return try BrickServer(
      folder + "/s.vol", log: folder + "/s.log", port: port, socket: socket)
  }

  // MARK: What depends on the graph

  /// A disperse of so many bricks, of which so many may be lost.
  private static func disperse(_ count: Int, _ redundancy: String) -> String {
    let bricks = (0..<count).map { "b\($0)" }
    return bricks.map {
      "volume \($0)\n type storage/posix\n option directory @/\($0)\nend-volume\n"
    }.joined() + "volume x\n type cluster/disperse\n option redundancy \(redundancy)\n"
      + " subvolumes \(bricks.joined(separator: " "))\nend-volume\n"
      + "volume top\n type debug/io-stats\n subvolumes x\nend-volume\n"
  }

  @Test func redundancyIsWhatGlusterFSTakesForSoManyBricks() throws {
    var all: [(count: Int, redundancy: String)] = [
      (18, "1"), (18, "2"), (17, "1"), (19, "2"), (3, "0x1"), (3, "01"), (7, "-1"), (7, "0x4"),
    ]
    for count in 3...6 { all += (0...3).map { (count, "\($0)") } }
    let results = try StartedGraph.all(all.map { Self.disperse($0.count, $0.redundancy) })
    #expect(results.count { $0.started } >= 8)
    for (one, result) in zip(all, results) {
      let found = parse(Self.disperse(one.count, one.redundancy)).check().map(\.rule)
      let wrong = found.filter { $0 == .childCount }
      #expect(result.started == wrong.isEmpty, "\(one): \(found) \(result.log)")
      #expect(wrong.count <= 1)
    }
    let message = parse(Self.disperse(6, "3")).check().first { $0.rule == .childCount }?.message
    #expect(
      message
        == "cluster/disperse of 6 subvolumes takes option 'redundancy' of 1 to 2, and not '3'")
  }

  @Test func glusterfsStartsWithNoFuseInAVolfile() throws {
    let brick = "volume b0\n type storage/posix\n option directory @/b0\nend-volume\n"
    let text =
      brick + """
        volume f
         type mount/fuse
         option mountpoint @/b1
         subvolumes b0
        end-volume
        """
    let results = try StartedGraph.all([text, brick])
    #expect(results.map(\.started) == [false, true])
    #expect(results[0].log.contains("fuse xlator cannot be specified in volume file"))
    let found = parse(text.replacing("@", with: "/x")).check()
    #expect(found.map(\.rule) == [.notInVolfile])
    #expect(found.first?.position == VolfilePosition(line: 6, column: 7))
  }

  @Test func twoJournalsAreNotInOneDirectory() {
    func journal(_ name: String, _ path: String) -> String {
      posix(name) + "volume \(name)-fdl\n type experimental/fdl\n option log-path \(path)\n"
        + " subvolumes \(name)\nend-volume\n"
    }
    func found(_ one: String, _ two: String) -> [VolfileFinding] {
      let top = "volume top\n type cluster/replicate\n subvolumes a-fdl b-fdl\nend-volume\n"
      return parse(journal("a", one) + journal("b", two) + top).check()
    }
    #expect(found("/j/a", "/j/b") == [])
    let shared = found("/j", "/j/.")
    #expect(shared.map(\.rule) == [.sharedBrick])
    #expect(shared.first?.position == VolfilePosition(line: 16, column: 18))
    #expect(
      shared.first?.message
        == "option 'log-path': '/j/.' is that of 'a-fdl' in line 7 already: each would overwrite "
        + "what the other keeps there")
  }

  // MARK: The table's words

  @Test func needsAreSpelledInTheTable() {
    func need(_ text: String, _ options: (String, String)...) -> String? {
      OptionNeed(text).complaint(
        about: options.map { KeptOption(key: Word($0.0), value: Word($0.1)) })
    }
    #expect(need("a") == "needs option 'a'")
    #expect(need("a", ("b", "1")) == "needs option 'a'")
    #expect(need("a", ("a", "1")) == nil)
    #expect(need("a|b.*.c") == "needs option 'a' or 'b.*.c'")
    #expect(need("a|b.*.c", ("b.x.c", "1")) == nil)
    #expect(need("a=on?b") == nil)
    #expect(need("a=on?b", ("a", "off")) == nil)
    #expect(need("a=on?b", ("a", "Yes")) == "needs option 'b', since option 'a' is 'Yes'")
    #expect(need("a=on?b", ("a", "on"), ("b", "")) == nil)
    #expect(need("a|c?b", ("c", "x")) == "needs option 'b', since option 'c' is 'x'")
    #expect(need("a|b=v-*", ("b", "w")) == "needs option 'a' or 'b v-*'")
    #expect(need("a|b=v-*", ("b", "v-1")) == nil)
    #expect(need("a=x?b", ("a", "xy")) == nil)
  }

  @Test func onlyTheValueThatGlusterFSKeepsCounts() {
    func marker(_ options: String) -> [VolfileRule] {
      rules(
        posix("b") + "volume m\n type features/marker\n \(options)\n subvolumes b\nend-volume\n")
    }
    #expect(marker("option xtime on") == [.missingOption, .missingOption])
    #expect(marker("option xtime on option xtime off") == [.duplicateOption])
    #expect(marker("option xtime off option xtime \"\"") == [.duplicateOption, .emptyValue])
    #expect(
      marker("option xtime on option volume-uuid \"\" option timestamp-file /t")
        == [.missingOption, .emptyValue])
  }
}

/// What became of a graph that glusterfs was started with.
private struct StartedGraph: Sendable {
  var started: Bool
  /// The errors in its log.
  var log: String

  /// Starts a glusterfs for each graph, several at a time, and ends them.
  static func all(
    _ graphs: [String], until sign: String = "Final graph", milliseconds: Int = 20_000
  ) throws -> [StartedGraph] {
    let folder = FileManager.default.temporaryDirectory.path + "/jbr-start-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    nonisolated(unsafe) var results = [StartedGraph?](repeating: nil, count: graphs.count)
    let lock = NSLock()
    let next = NSLock()
    nonisolated(unsafe) var index = 0
    DispatchQueue.concurrentPerform(iterations: min(8, graphs.count)) { _ in
      while true {
        let mine = next.withLock {
          defer { index += 1 }
          return index
        }
        guard mine < graphs.count else { return }
        let result = try? StartedGraph(
          graphs[mine], in: "\(folder)/\(mine)", until: sign, milliseconds)
        lock.withLock { results[mine] = result }
      }
    }
    return try results.map { try #require($0) }
  }

  private init(
    _ graph: String, in folder: String, until sign: String, _ milliseconds: Int
  ) throws {
    for number in 0..<19 {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/b\(number)", withIntermediateDirectories: true)
    }
    let (file, log) = (folder + "/g.vol", folder + "/log")
    try Data(graph.replacing("@", with: folder).utf8).write(to: URL(fileURLWithPath: file))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/sbin/glusterfs")
    process.arguments = ["-N", "-f", file, "-l", log, "--pid-file", folder + "/pid"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer {
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
    }
    var text = ""
    for _ in 0..<(milliseconds / 20) {
      let isRunning = process.isRunning
      text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
      if text.contains(sign) || !isRunning { break }
      usleep(20_000)
    }
    started = text.contains(sign)
    self.log = text.split(separator: "\n").filter { $0.contains("] E [") }
      .joined(separator: "\n")
  }
}
