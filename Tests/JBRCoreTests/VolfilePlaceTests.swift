import Foundation
import Testing

@testable import JBRCore

/// Paths in memory, with links and mounts.
private struct ModelPaths: LocalPaths {
  /// What a path leads to: the path without links.
  var links: [String: String] = [:]
  /// The file systems that are mounted, the first one on the root.
  var mounts = [Mount(device: "8:1", root: "/", point: "/")]
  var directories: Set<String> = []

  func resolved(_ path: String) -> String? {
    var path = path
    for (link, target) in links where path == link || path.hasPrefix(link + "/") {
      path = target + path.dropFirst(link.count)
    }
    return identity(path) == nil ? nil : path
  }

  /// A directory is the one of its file system, wherever that is mounted.
  func identity(_ path: String) -> FileIdentity? {
    guard let mount = mounts.last(where: { $0.inside(path) != nil }),
      let inside = mount.inside(path), let device = UInt64(mount.device.split(separator: ":")[1])
    else { return nil }
    let all = (["/"] + directories.sorted()).map { "\(device)" + $0 }
    return all.firstIndex(of: "\(device)" + inside).map {
      FileIdentity(device: device, inode: UInt64($0))
    }
  }

  func volumeID(ofBrick directory: String) -> VolumeIDAnswer { .unknown }
}

/// Whether places are the same, or within others, whatever they are called.
@Suite struct VolfilePlaceTests {
  private let paths = ModelPaths(
    links: ["/link": "/srv/b", "/up": "/srv"],
    mounts: [
      Mount(device: "8:1", root: "/", point: "/"),
      Mount(device: "8:1", root: "/srv/b", point: "/m"),
      Mount(device: "8:1", root: "/srv/b/c", point: "/n"),
    ],
    directories: ["/srv", "/srv/b", "/srv/b/c", "/srv/bc", "/m", "/n"])

  private func brick(_ name: String, _ directory: String) -> String {
    "volume \(name)\n type storage/posix\n option directory \(directory)\nend-volume\n"
  }

  private func two(_ first: String, _ second: String) -> String {
    brick("a", first) + brick("b", second)
      + "volume top\n type cluster/replicate\n subvolumes a b\nend-volume\n"
  }

  private func found(_ text: String, _ paths: any LocalPaths) -> [VolfileRule] {
    parse(text).check(paths: paths).map(\.rule).filter { $0 != .invalidValue }
  }

  private static let same = [
    ("/srv/b", "/link"), ("/srv/b", "/up/b"), ("/srv/b/c", "/link/c"), ("/srv/b", "/m"),
    ("/srv/b/c", "/m/c"), ("/m/c", "/n"), ("/link/c", "/n"), ("/srv/new", "/up/new"),
    ("/srv/b/new", "/m/new"), ("/srv/new/x", "/up/new/./y/..//x/"),
  ]

  @Test(arguments: same)
  func linksAndMountsLeadToOneBrick(first: String, second: String) {
    for (one, other) in [(first, second), (second, first)] {
      #expect(found(two(one, other), paths) == [.sharedBrick])
    }
    // Of paths elsewhere, only their names tell.
    #expect(found(two(first, second), UnseenPaths()) == [])
  }

  @Test(arguments: [
    ("/srv/b", "/link/c"), ("/srv/b", "/m/c"), ("/srv/b", "/n"), ("/m", "/n"), ("/link", "/n"),
    ("/up", "/m"), ("/srv", "/n"), ("/srv/b", "/n/new/er"), ("/srv/new", "/up/new/er"),
    ("/", "/n"),
  ])
  func linksAndMountsLeadIntoABrick(outer: String, inner: String) {
    for (one, other) in [(outer, inner), (inner, outer)] {
      let found = parse(two(one, other)).check(paths: paths)
      #expect(found.map(\.rule) == [.sharedBrick])
      #expect(found.first?.message.hasSuffix("within that one's, '\(outer)'") == true)
      #expect(found.first?.volume == (inner == one ? "a" : "b"))
    }
  }

  @Test(arguments: [
    ("/srv/b", "/srv/bc"), ("/n", "/srv/bc"), ("/m/c", "/m/d"), ("/srv/b/c", "/srv/b/new"),
    ("/srv/new", "/srv/new-er"), ("/x/b", "/y/b"),
  ])
  func neighboursAreNone(first: String, second: String) {
    for local in [paths, UnseenPaths()] as [any LocalPaths] {
      #expect(found(two(first, second), local) == [])
      #expect(found(two(second, first), local) == [])
    }
  }

  @Test(arguments: [
    ("/b", "/b/"), ("/b", "//b"), ("/b", "/x/../b"), ("/b", "/x/.."), ("/b/c", "/b/./c/d"),
    ("/b", "/../b"),
  ])
  func pathsElsewhereAreComparedByTheirNames(first: String, second: String) {
    let isWithin = second == "/x/.." || second.hasSuffix("/d")
    for (one, other) in [(first, second), (second, first)] {
      let found = parse(two(one, other)).check().filter { $0.rule != .invalidValue }
      #expect(found.map(\.rule) == [.sharedBrick])
      #expect(found.first?.message.contains("within that one's") == isWithin)
    }
  }

  @Test func connectionsToOneSocketAreOne() {
    func client(_ name: String, _ socket: String) -> String {
      "volume \(name)\n type protocol/client\n option transport-type unix\n option remote-host h\n"
        + " option remote-subvolume x\n option transport.socket.connect-path \(socket)\nend-volume\n"
    }
    let top = "volume top\n type cluster/replicate\n subvolumes a b\nend-volume\n"
    #expect(found(client("a", "/srv/s") + client("b", "/up/s") + top, paths) == [.sharedBrick])
    #expect(found(client("a", "/srv/s") + client("b", "/up/t") + top, paths) == [])
  }

  // MARK: Files within a brick

  private func journal(_ path: String) -> String {
    brick("a", "/srv/b")
      + "volume f\n type experimental/fdl\n option log-path \(path)\n subvolumes a\nend-volume\n"
  }

  @Test(arguments: [
    "/srv/b/journal", "/srv/b", "/link/journal", "/m/c", "/n/j", "/srv/b/.glusterfs/j",
    "/srv/b/x/../j",
  ])
  func aJournalWithinABrickIsAnError(path: String) {
    let found = parse(journal(path)).check(paths: paths).filter { $0.rule == .withinBrick }
    #expect(found.count == 1)
    #expect(found.first?.severity == .error)
    #expect(found.first?.position == VolfilePosition(line: 7, column: 18))
    #expect(found.first?.message.hasPrefix("option 'log-path': '\(path)' lies within") == true)
  }

  @Test(arguments: ["/srv/journal", "/srv/bc", "/srv/b-journal", "/j", "/up/x"])
  func aJournalBesideABrickIsRight(path: String) {
    #expect(found(journal(path), paths) == [])
  }

  @Test(arguments: [
    ("features/index", "index-base", ""),
    ("features/changelog", "changelog-dir", "option changelog-brick /srv/b"),
  ])
  func whatABrickKeepsIsHidden(type: String, key: String, more: String) {
    func graph(_ path: String) -> String {
      brick("a", "/srv/b") + """
        volume i
          type \(type)
          option \(key) \(path)
          \(more)
          subvolumes a
        end-volume
        volume top
          type debug/io-stats
          subvolumes i
        end-volume
        """
    }
    for path in ["/srv/b/.glusterfs/x", "/link/.glusterfs/x", "/m/.glusterfs/x", "/srv/x"] {
      #expect(found(graph(path), paths) == [])
    }
    for path in ["/srv/b/x", "/srv/b/.glusterfs", "/m/x", "/srv/b/.glusterfs/../x"] {
      #expect(found(graph(path), paths) == [.withinBrick])
    }
  }

  @Test func aSocketWithinABrickIsAnError() {
    func graph(_ path: String) -> String {
      brick("a", "/srv/b") + """
        volume s
          type protocol/server
          option transport-type unix
          option transport.socket.listen-path \(path)
          option auth.addr.a.allow *
          subvolumes a
        end-volume
        """
    }
    #expect(found(graph("/up/b/s"), paths) == [.withinBrick])
    #expect(found(graph("/srv/b.s"), paths) == [])
  }

  // MARK: This machine

  @Test func mountsAreRead() {
    let table = """
      22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
      40 22 8:1 /srv/a\\040b /m\\134n rw shared:1 - ext4 /dev/sda1 rw
      half a line
      41 22 0:5 / /x\\9 rw - tmpfs tmpfs rw
      """
    #expect(
      Mount.all(in: table) == [
        Mount(device: "8:1", root: "/", point: "/"),
        Mount(device: "8:1", root: "/srv/a b", point: "/m\\n"),
        Mount(device: "0:5", root: "/", point: "/x\\9"),
      ])
    #expect(SystemPaths().mounts.contains { $0.point == "/proc" })
  }

  @Test func linksOfThisMachineAreFollowed() throws {
    let root = FileManager.default.temporaryDirectory.path + "/jbr-place-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: root + "/srv/b/c", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    for (link, target) in [("link", "srv/b"), ("up", root + "/srv"), ("lost", "/nonexistent/x")] {
      try FileManager.default.createSymbolicLink(
        atPath: root + "/" + link, withDestinationPath: target)
    }
    let here = SystemPaths()
    #expect(found(two(root + "/srv/b", root + "/link"), here) == [.sharedBrick])
    #expect(found(two(root + "/srv/b/c", root + "/up/b"), here) == [.sharedBrick])
    #expect(found(two(root + "/srv/b", root + "/link/../bc"), here) == [])
    #expect(found(two(root + "/srv/b", root + "/lost"), here) == [])
    #expect(found(two(root + "/srv/new", root + "/up/new"), here) == [.sharedBrick])
  }

  @Test func manyBricksAndLongPathsTakeNoLongTime() {
    let deep = String(repeating: "/a", count: 2000)
    let text = (0..<2000).map { brick("v\($0)", "/d\($0)" + deep) }.joined()
    let begin = ContinuousClock.now
    let found = parse(text + brick("x", "/d7/a")).check(paths: SystemPaths())
    #expect(found.count { $0.rule == .sharedBrick } == 1)
    #expect(parse(brick("y", String(repeating: "/a", count: 2_000_000))).check() == [])
    #expect(ContinuousClock.now - begin < .seconds(30))
  }

  @Test func manyPromisesTakeNoLongTime() {
    let numbers = 0..<20_000
    let heads = numbers.map { "# jbr-volgen recon: replica r\($0) brick /b/\($0) at h:\($0)\n" }
    let text = heads.joined() + numbers.map { brick("v\($0)", "/b/\($0)/.") }.joined()
    let graph = parse(text).graph
    let begin = ContinuousClock.now
    #expect(graph.reconReach(SystemPaths()) == [])
    #expect(ContinuousClock.now - begin < .seconds(15))
  }

  @Test func findingsAboutBricksAreBounded() {
    let text = (0..<3000).map { brick("v\($0)", "/b") }.joined()
    let found = parse(text).check()
    #expect(found.count { $0.rule == .sharedBrick } == 1000)
    #expect(found.last { $0.rule == .limit }?.message.contains("1999 more") == true)
  }
}
