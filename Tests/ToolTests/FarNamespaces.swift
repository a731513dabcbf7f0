import Foundation
import Testing

/// A network of its own: a namespace for the tools, and one for each of two hosts with an sshd.
/// Gone with its last reference.
final class FarNamespaces {
  let near: String
  let addresses = ["192.0.2.2", "192.0.2.6"]
  private let far: [String]
  private var shells: [SecureShell] = []

  /// - Throws: where nobody may make namespaces.
  init() throws {
    let id = UUID().uuidString.prefix(8).lowercased()
    near = "jbr-near-\(id)"
    far = ["jbr-one-\(id)", "jbr-two-\(id)"]
    let (status, text) = try output(["ip", "netns", "add", near])
    try #require(status == 0, "tests of cut networks need network namespaces: \(text)")
    for (number, name) in far.enumerated() {
      try system(["ip", "netns", "add", name])
      try system(
        ["ip", "-n", near, "link", "add", "v\(number)", "type", "veth"]
          + ["peer", "name", "v0", "netns", name])
      try system([
        "ip", "-n", near, "addr", "add", "192.0.2.\(number * 4 + 1)/30", "dev", "v\(number)",
      ])
      try system(["ip", "-n", name, "addr", "add", "\(addresses[number])/30", "dev", "v0"])
      for (space, device) in [(near, "v\(number)"), (name, "v0"), (name, "lo")] {
        try system(["ip", "-n", space, "link", "set", device, "up"])
      }
      shells.append(
        try SecureShell(namespace: name, address: addresses[number], beside: shells.first))
    }
  }

  deinit {
    shells = []
    for name in far + [near] {
      // What is left of a cut connection there would keep the namespace.
      let (_, text) = (try? output(["ip", "netns", "pids", name])) ?? (0, "")
      for number in text.split(separator: "\n").compactMap({ Int32($0) }) { kill(number, SIGKILL) }
      _ = try? output(["ip", "netns", "del", name])
    }
  }

  /// What stands before a command so that it runs in the namespace of the tools.
  var wrapper: [String] { ["ip", "netns", "exec", near] }

  func environment(seconds: Int) throws -> [String: String] {
    try shells[0].environment().merging(["JBR_RSH_TIMEOUT": String(seconds)]) { $1 }
  }

  /// Pulls or plugs the cable of a host.
  func setLink(_ number: Int, up: Bool) throws {
    try system(["ip", "-n", near, "link", "set", "v\(number)", up ? "up" : "down"])
  }
}
