import Foundation
import Testing

/// Views of real journals that begin at an empty brick, held against the bricks that GlusterFS
/// made of them.
@Suite struct RealViewTests {
  private static let samples = [
    "14-jbr3-quorum-loss", "17-jbr3-leader-restart", "follower-down",
  ]

  /// The plain files of a brick, by their paths from its root.
  private func files(_ brick: String) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: brick)
    where !path.hasPrefix(".glusterfs") {
      let place = brick + "/" + path
      let attributes = try FileManager.default.attributesOfItem(atPath: place)
      guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
      found[path] = Array(try Data(contentsOf: URL(fileURLWithPath: place)))
    }
    return found
  }

  private func lastID(_ journal: String) throws -> String {
    let run = try runTool("jbr-journal", ["dump", "--reverse", "--limit", "1", journal])
    return try #require(try run.lines.first?.text("id"))
  }

  /// What `at` says of each name, without what only one of the formats has.
  private func tree(_ journal: String, _ more: [String] = []) throws -> [String] {
    let arguments = ["at", "--digest"] + more + [try lastID(journal), journal]
    let run = try runTool("jbr-journal", arguments)
    #expect(run.status == 0, "\(run.stderr)")
    let checked = try validate(run.stdout)
    #expect(checked.status == 0, "\(checked.text)")
    return run.text.split(separator: "\n").map(String.init)
  }

  @Test(arguments: samples) func theJournalAloneShowsTheBrick(name: String) throws {
    let sample = try ReplicaSetSample(name)
    let wanted = try files(sample.brick(0))
    #expect(wanted.count > 20)
    let lines = try JSONLine.all(Data(try tree(sample.journal(0)).joined(separator: "\n").utf8))
    let plain = lines.filter { $0.text("object_type") == "file" }
    #expect(Set(plain.compactMap { $0.text("path") }) == Set(wanted.keys))
    for line in plain {
      let path = try #require(line.text("path"))
      #expect(line.number("size") == wanted[path]?.count, "\(path)")
    }
    for (path, content) in wanted.sorted(by: { $0.key < $1.key }).prefix(60) {
      let run = try runTool("jbr-journal", ["read", "--path", path, sample.journal(0)])
      #expect(run.status == 0 && run.stdout == content, "\(path): \(run.stderr)")
    }
  }

  @Test(arguments: samples) func aConvertedJournalShowsTheSame(name: String) throws {
    let sample = try ReplicaSetSample(name)
    let (fdl, jbr) = (sample.journal(0), sample.file("jbr"))
    let converted = try runTool("jbr-journal", ["convert", "--format", "jbr", fdl, jbr])
    #expect(converted.status == 0, "\(converted.stderr)")
    #expect(try tree(jbr, ["--unagreed"]) == tree(fdl))
    let wanted = try files(sample.brick(0)).sorted { $0.key < $1.key }
    for isIndexed in [false, true] {
      if isIndexed { #expect(try runTool("jbr-journal", ["index", jbr]).status == 0) }
      for (path, content) in wanted.prefix(25) {
        let choice = ["--unagreed", "--path", path, jbr]
        let run = try runTool("jbr-journal", ["read"] + choice)
        #expect(run.status == 0 && run.stdout == content, "\(path): \(run.stderr)")
        let blame = try runTool("jbr-journal", ["blame"] + choice).lines
        // The stretches cover the file, without gaps.
        var end = 0
        for line in blame {
          #expect(line.number("offset") == end)
          end += line.number("length") ?? 0
          #expect(line.text("id") != nil)
        }
        #expect(end == content.count)
      }
    }
  }

  @Test func anFDLJournalsRequestsAreOnItsBrick() throws {
    let sample = try ReplicaSetSample("14-jbr3-quorum-loss")
    for (path, content) in try files(sample.brick(1)) {
      let run = try runTool(
        "jbr-journal", ["read", "--brick", sample.brick(1), "--path", path, sample.journal(1)])
      #expect(run.status == 0 && run.stdout == content, "\(path): \(run.stderr)")
    }
  }

  @Test func pathsOfARealJournalBeginAndEndWithItsRequests() throws {
    let sample = try JournalSample("14-jbr3-quorum-loss")
    let run = try runTool("jbr-journal", ["paths", sample.replicas[0]])
    #expect(run.status == 0)
    let checked = try validate(run.stdout)
    #expect(checked.status == 0, "\(checked.text)")
    let lines = try run.lines
    let renamed = lines.filter { $0.text("gfid") == "2e4c22bf-fbe7-4939-bde8-66821b5058fc" }
    #expect(renamed.map { $0.text("path") } == ["q/f2", "q/f2-renamed"])
    #expect(renamed.map { $0.text("from") } == ["1/4", "1/84"])
    #expect(renamed.map { $0.text("until") } == ["1/84", nil])
  }

  /// What a rollback names is void, be it a record of GlusterFS or an event of ours.
  @Test func whatWasRolledBackIsNotShown() throws {
    let sample = try JournalSample("15-jbr3-quorum100-rollback")
    let (fdl, jbr) = (sample.replicas[1], sample.directory + "/jbr")
    #expect(
      try runTool("jbr-journal", ["convert", "--format", "jbr", fdl, jbr]).status == 0)
    #expect(try tree(jbr, ["--unagreed"]) == tree(fdl))
    let paths = try tree(fdl).filter { $0.contains("clash8") }
    #expect(paths.isEmpty)
    #expect(try runTool("jbr-journal", ["read", "--path", "q/f18", fdl]).status == 0)
  }
}
