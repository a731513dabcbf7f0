import Testing

@testable import JBRCore

@Suite("Paths on other hosts")
struct RemotePathTests {
  @Test(arguments: [
    ("h:/p", "h", "/p"), ("u@h:/p:q", "u@h", "/p:q"), ("h:p", "h", "p"), ("h:~/p", "h", "~/p"),
    ("[::1]:/p", "::1", "/p"), ("u@[fe80::1%eth0]:/p", "u@fe80::1%eth0", "/p"),
    ("10.0.0.1:/p", "10.0.0.1", "/p"),
  ])
  func areSplitAtTheColon(text: String, host: String, path: String) throws {
    let remote = try #require(try RemotePath(parsing: text))
    #expect(remote.host == host)
    #expect(remote.path == path)
    #expect(remote.prefix + remote.path == text)
  }

  @Test(arguments: ["/h:p", "./h:/p", "p", "/", "", "../a:b", "d/a:b"])
  func arePathsOfThisHostWithoutAColonBeforeTheSlash(text: String) throws {
    #expect(try RemotePath(parsing: text) == nil)
  }

  /// What would be an option to ssh, or words to a shell, is never given to one.
  @Test(arguments: [
    "-oProxyCommand=x:/p", "-:/p", "u@-oProxyCommand=x:/p", "u@:/p", "@h:/p", ":/p", "h;x:/p",
    "h x:/p", "$(x):/p", "`x`:/p", "h\n:/p", "h'x:/p", "h:", "[-x]:/p", "h\u{0}:/p", "h:/p\u{0}",
    "h|x:/p", "\u{e9}:/p",
  ])
  func areRefusedWithAHostThatCannotBeOne(text: String) throws {
    #expect(failure(of: { try RemotePath(parsing: text) })?.status == .usage)
    #expect(failure(of: { try ReplicaName(parsing: "r=" + text) })?.status == .usage)
  }
}
