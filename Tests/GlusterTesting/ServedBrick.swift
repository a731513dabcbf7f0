import Foundation

/// A brick that a real glusterfsd serves, and the client graph that leads to it; all of it gone
/// with the last reference.
public final class ServedBrick: @unchecked Sendable {
  /// What the brick's graph is made of, beside storage/posix and the server.
  public struct Shape: Sendable {
    public var hasLocks = true
    public var hasAccessControl = false
    /// The password that the server wants; the client gives `secret`.
    public var password: String?
    /// A port of 127.0.0.1 instead of a Unix socket.
    public var port: Int?
    public init() {}
  }

  /// Holds all: the brick, `brick.vol`, `client.vol` and the server's log.
  public let directory: String
  public var brick: String { directory + "/brick" }
  public var clientVolfile: String { directory + "/client.vol" }
  private let shape: Shape
  private var server: BrickServer?

  /// Makes an empty brick and starts its server.
  public init(_ shape: Shape = Shape(), in base: String? = nil) throws {
    self.shape = shape
    // Short, since the path of a Unix socket is.
    let name = "/jbr-served-" + UUID().uuidString.prefix(8)
    directory = (base ?? FileManager.default.temporaryDirectory.path) + name
    try FileManager.default.createDirectory(atPath: brick, withIntermediateDirectories: true)
    try Self.write(serverGraph, to: directory + "/brick.vol")
    try Self.write(clientGraph, to: clientVolfile)
    try start()
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// The server's process number; nil while there is none.
  public var processNumber: Int32? { server?.processNumber }

  /// Starts the server, and waits until it listens.
  public func start() throws {
    server = try BrickServer(
      directory + "/brick.vol", log: directory + "/brick.log", port: shape.port,
      socket: directory + "/s")
  }

  /// Ends the server and waits for its end.
  public func stop() { server = nil }

  /// Ends the server as a crash would.
  public func kill() {
    server?.kill()
    server = nil
  }

  // MARK: Graphs

  private static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private static func volume(
    _ name: String, _ type: String, _ options: [(String, String)], on below: String? = nil
  ) -> String {
    var lines = ["volume \(name)", "type \(type)"]
    lines += options.map { "option \($0) \"\($1)\"" }
    if let below { lines.append("subvolumes \(below)") }
    return (lines + ["end-volume", ""]).joined(separator: "\n")
  }

  private var transport: [(String, String)] {
    if shape.port != nil { return [("transport-type", "tcp")] }
    return [("transport-type", "socket"), ("transport.address-family", "unix")]
  }

  private var serverGraph: String {
    var text = Self.volume("posix", "storage/posix", [("directory", brick)])
    var top = "posix"
    func push(_ name: String, _ type: String) {
      text += Self.volume(name, type, [], on: top)
      top = name
    }
    if shape.hasAccessControl { push("acl", "features/access-control") }
    if shape.hasLocks { push("locks", "features/locks") }
    push("served", "performance/io-threads")
    var options = transport
    if let port = shape.port {
      options += [
        ("transport.socket.bind-address", "127.0.0.1"),
        ("transport.socket.listen-port", "\(port)"),
      ]
    } else {
      options.append(("transport.socket.listen-path", directory + "/s"))
    }
    if let password = shape.password {
      options += [("auth.login.served.allow", "jbr"), ("auth.login.jbr.password", password)]
    } else {
      options.append(("auth.addr.served.allow", "*"))
    }
    return text + Self.volume("server", "protocol/server", options, on: top)
  }

  private var clientGraph: String {
    var options = transport
    if let port = shape.port {
      options += [("remote-host", "127.0.0.1"), ("remote-port", "\(port)")]
    } else {
      options += [
        ("transport.socket.connect-path", directory + "/s"), ("remote-host", "localhost"),
      ]
    }
    options.append(("remote-subvolume", "served"))
    if shape.password != nil { options += [("username", "jbr"), ("password", "secret")] }
    return Self.volume("connection", "protocol/client", options)
      + Self.volume("by-gfid", "features/gfid-access", [], on: "connection")
  }
}
