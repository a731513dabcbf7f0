import Foundation
import Testing

@testable import JBRCore

/// What is made of a GlusterFS that does not answer as it should.
@Suite struct InstalledGlusterTests {
  /// A program in the place of the one that asks GlusterFS.
  private func failure(_ script: String, milliseconds: Int = 10_000) throws -> Failure? {
    let path = FileManager.default.temporaryDirectory.path + "/jbr-inquire-" + UUID().uuidString
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    do throws(Failure) {
      _ = try InstalledGluster(tool: path, milliseconds: milliseconds)
        .read(Array(posix("a").utf8))
      return nil
    } catch {
      return error
    }
  }

  @Test func aCrashIsAnErrorThatSaysSo() throws {
    let failure = try failure("kill -SEGV $$")
    #expect(failure?.status == .ioError)
    #expect(failure?.message.contains("crashes (signal 11)") == true)
  }

  @Test func aHangIsEnded() throws {
    let begin = ContinuousClock.now
    let failure = try failure("exec sleep 100", milliseconds: 200)
    #expect(failure?.status == .ioError)
    #expect(failure?.message.contains("does not answer within") == true)
    #expect(ContinuousClock.now - begin < .seconds(30))
  }

  @Test(arguments: [
    "exit 3", "printf 'version\\00010.3\\0' > $4", "printf 'version\\00010.3\\0end\\0' > $4",
    "printf 'version\\00010.3\\0007\\0end\\0' > $4",
    "printf 'version\\00010.3\\000-1\\0end\\0' > $4",
    "printf 'version\\00010.3\\0000\\0built\\0a\\0b\\0end\\0' > $4",
  ])
  func halfAnAnswerIsNone(script: String) throws {
    #expect(try failure(script)?.status == .ioError)
  }

  @Test func whyThereIsNoneIsPassedOn() throws {
    let failure = try failure("printf 'failure\\0lib\\0is missing\\0end\\0' > $4")
    #expect(failure == Failure(.unavailable, "is missing", path: "lib"))
  }

  @Test(arguments: [
    ("10.3", true), ("10.0", true), ("9.6", false), ("11.1", false), ("1", false), ("", false),
  ])
  func onlyVersionsWhoseStructuresAreKnownAreRead(version: String, isKnown: Bool) {
    #expect(GlusterLayout.isKnown(version) == isKnown)
  }

  // MARK: What may be shown to it

  @Test(arguments: [
    "`", "# `a`\n", "volume a\n type ../x\n", "volume a type \"a/../../b\"",
    "volume a type a/\"b\" type \"\\.\\./x\"", "type #\n ../x", "type \"\n../x\"", "type /tmp/x",
    "type a//b", "type \"\"", "type é",
  ])
  func whatWouldBeRunOrLoadedIsNotShown(text: String) {
    #expect(VolfileSafety.objection(to: Array(text.utf8)) != nil)
  }

  @Test(arguments: ["", "volume a", "type meta", "type storage/posix option x ../y", "type type"])
  func theRestMayBe(text: String) {
    #expect(VolfileSafety.objection(to: Array(text.utf8)) == nil)
  }

  // MARK: What it says

  /// A verdict as if GlusterFS had built this.
  private func verdict(_ words: [String]) throws -> GlusterVerdict {
    var reply = GlusterReply(["version", "10.3", "0"] + words)
    return try GlusterVerdict(&reply)
  }

  private func volume(_ name: String, _ options: [String], complaint: String = "") -> [String] {
    [name, "storage/posix", complaint, "0", String(options.count / 2)] + options
  }

  @Test func anotherGraphThanOursIsAnError() throws {
    let parsed = parse(posix("a"))
    let same = try verdict(["built"] + volume("a", ["directory", "/b/a"]))
    #expect(same.isAccepted)
    #expect(same.findings(parsed, besides: []) == [])
    for words in [
      volume("a", ["directory", "/b/c"]), volume("x", ["directory", "/b/a"]), volume("a", []),
      volume("a", ["directory", "/b/a"]) + volume("b", []),
    ] {
      let found = try verdict(["built"] + words).findings(parsed, besides: [])
      #expect(found.map(\.rule) == [.glusterfs])
    }
  }

  @Test func aRefusalIsAnErrorWhereWeHadNone() throws {
    let parsed = parse(posix("a"))
    let refused = try verdict(["refused"])
    #expect(!refused.isAccepted)
    #expect(refused.findings(parsed, besides: []).map(\.rule) == [.glusterfs])
    let known = VolfileFinding(.syntax, at: nil, "x")
    #expect(refused.findings(parsed, besides: [known]) == [])
    let complaint = try verdict(["built"] + volume("a", ["directory", "/b/a"], complaint: "no"))
    #expect(!complaint.isAccepted)
    #expect(
      complaint.findings(parsed, besides: []).map(\.message)
        == ["GlusterFS 10.3 refuses an option: no"])
  }
}
