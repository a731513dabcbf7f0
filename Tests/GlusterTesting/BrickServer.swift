import Foundation

/// A running glusterfsd, ended with its last reference.
public final class BrickServer: @unchecked Sendable {
  public enum Trouble: Error { case doesNotListen(String) }

  private let process = Process()
  public var processNumber: Int32 { process.processIdentifier }

  /// Starts a server and waits until it listens, at the port or else on the socket.
  public init(_ volfile: String, log: String, port: Int?, socket: String = "") throws {
    process.executableURL = URL(fileURLWithPath: "/usr/sbin/glusterfsd")
    process.arguments = ["-N", "-f", volfile, "-l", log]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<2000 where process.isRunning {
      if Self.isListening(at: port, or: socket) { return }
      usleep(5000)
    }
    throw Trouble.doesNotListen((try? String(contentsOfFile: log, encoding: .utf8)) ?? "no log")
  }

  deinit { end(SIGTERM) }

  /// Ends it as a crash would.
  public func kill() { end(SIGKILL) }

  private func end(_ signal: Int32) {
    guard process.isRunning else { return }
    _ = Glibc.kill(process.processIdentifier, signal)
    process.waitUntilExit()
  }

  // MARK: Sockets

  /// A port of 127.0.0.1 that nobody has.
  public static func freePort() -> Int {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(number) }
    var address = local(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(number, $0, size)
        _ = getsockname(number, $0, &size)
      }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func local(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  /// Whether somebody listens.
  public static func isListening(at port: Int?, or path: String) -> Bool {
    if let port {
      return isListening(AF_INET, local(port: port))
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    return isListening(AF_UNIX, address)
  }

  private static func isListening<Address>(_ family: Int32, _ address: Address) -> Bool {
    let number = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(number) }
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(number, $0, socklen_t(MemoryLayout<Address>.size)) == 0
      }
    }
  }
}
