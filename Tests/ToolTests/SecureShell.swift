import Foundation
import GlusterTesting
import Testing

/// An sshd of a test's own, with keys and a port of its own, ended with its last reference.
final class SecureShell {
  let directory: String
  private let port: Int
  private let address: String
  /// What stands before a command so that it runs where the sshd does.
  private let wrapper: [String]

  /// Starts it and waits until it answers.
  ///
  /// `namespace` is the network namespace that it is in, the machine's own without one; `other`
  /// one whose keys it has too, so that one command reaches both.
  init(
    namespace: String? = nil, address: String = "127.0.0.1", beside other: SecureShell? = nil
  ) throws {
    try #require(
      FileManager.default.isExecutableFile(atPath: "/usr/sbin/sshd"),
      "tests of other hosts need Debian's openssh-server")
    directory = FileManager.default.temporaryDirectory.path + "/jbr-sshd-\(UUID().uuidString)"
    self.address = address
    wrapper = namespace.map { ["ip", "netns", "exec", $0] } ?? []
    port = namespace == nil ? BrickServer.freePort() : 22
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    // As the service makes it before it starts.
    try FileManager.default.createDirectory(
      atPath: "/run/sshd", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755]
    )
    if let other {
      for name in ["host", "host.pub", "user", "user.pub"] {
        try FileManager.default.copyItem(atPath: other.file(name), toPath: file(name))
      }
    } else {
      for name in ["host", "user"] {
        try system(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file(name)])
      }
    }
    try configure(known: (other ?? self).file("known"))
    // It becomes a daemon: sshd closes what Foundation knows the end of a process by.
    try system(wrapper + ["/usr/sbin/sshd", "-f", file("config"), "-E", file("log")])
    for _ in 0..<400 {
      if log.contains("Server listening"), processNumber != nil { return }
      usleep(10_000)
    }
    throw Trouble.doesNotListen(log)
  }

  enum Trouble: Error { case doesNotListen(String) }

  private func configure(known: String) throws {
    let config = """
      ListenAddress \(address):\(port)
      HostKey \(file("host"))
      AuthorizedKeysFile \(file("user")).pub
      PidFile \(file("pid"))
      StrictModes no
      PermitRootLogin prohibit-password
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      UsePAM no
      """
    try Data((config + "\n").utf8).write(to: URL(fileURLWithPath: file("config")))
    let key = try String(contentsOfFile: file("host.pub"), encoding: .utf8)
    let names = ["[127.0.0.1]:\(port)", "[localhost]:\(port)", address]
    let before = (try? String(contentsOfFile: known, encoding: .utf8)) ?? ""
    try Data("\(before)\(names.joined(separator: ",")) \(key)".utf8)
      .write(to: URL(fileURLWithPath: known))
  }

  deinit {
    if let processNumber { kill(processNumber, SIGKILL) }
    try? FileManager.default.removeItem(atPath: directory)
  }

  func file(_ name: String) -> String { directory + "/" + name }

  private var processNumber: Int32? {
    let text = try? String(contentsOfFile: file("pid"), encoding: .utf8)
    return text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  var log: String { (try? String(contentsOfFile: file("log"), encoding: .utf8)) ?? "" }

  /// What reaches it: ssh with its keys, and without anything of the user's own.
  var command: String {
    "ssh -F none -i \(file("user")) -p \(port) -o IdentitiesOnly=yes -o BatchMode=yes"
      + " -o UserKnownHostsFile=\(file("known")) -o StrictHostKeyChecking=yes -o LogLevel=ERROR"
  }

  /// The environment of a tool that reaches other hosts through it.
  func environment() throws -> [String: String] {
    ["JBR_RSH": command, "JBR_REMOTE_PATH": try builtExecutable("jbr-reconcile").path]
  }
}

extension ReplicaSetSample {
  /// The replicas, of which those with a host's name before their number are reached through it.
  func arguments(on hosts: [String]) -> [String] {
    names.indices.map { number in
      let prefix = hosts[number].isEmpty ? "" : hosts[number] + ":"
      return "\(names[number])=\(prefix)\(journal(number)),\(prefix)\(brick(number))"
    }
  }
}
