import Foundation
import Testing

/// `verify` of several journals: who holds what another one has lost.
@Suite struct SupplyToolTests {
  private static let volume = "6f1f0e5a-2b8e-4a53-9d0c-58a6b2f4d3c1"
  private let shop: JournalShop

  init() throws { shop = try JournalShop() }

  /// The three replicas of a real set as jbr journals of one volume.
  private func replicas(
    _ name: String = "14-jbr3-quorum-loss", volumes: [String] = [volume, volume, volume]
  ) throws -> [MadeJournal] {
    let sample = try JournalSample(name)
    return try sample.replicas.enumerated().map { number, replica in
      let journal = MadeJournal(path: shop.path("j\(number)"))
      try journal.expect([
        "convert", "--format", "jbr", "--volume", volumes[number], replica, journal.path,
      ])
      return journal
    }
  }

  /// What verify says of several journals, and its lines of type `supply`.
  private func verify(
    _ journals: [MadeJournal], status: Int32 = 65, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [JSONLine] {
    let run = try runTool("jbr-journal", ["verify"] + journals.map(\.path))
    #expect(run.status == status, sourceLocation: sourceLocation)
    let checked = try validate(run.stdout)
    #expect(checked.status == 0, "\(checked.text)", sourceLocation: sourceLocation)
    #expect(try run.lines.of("verify").count == journals.count, sourceLocation: sourceLocation)
    return try run.lines.of("supply")
  }

  private func offers(_ line: JSONLine) -> [String] {
    let offers = line.fields["offers"] as? [[String: Any]] ?? []
    #expect(offers.allSatisfy { $0["copied"] as? Bool == false })
    return offers.compactMap { $0["journal"] as? String }
  }

  @Test func whereNothingIsLostNothingIsOffered() throws {
    #expect(try verify(try replicas(), status: 0).isEmpty)
  }

  @Test func whoHoldsADamagedPayloadIsNamed() throws {
    let journals = try replicas()
    try journals[0].damage(.payload, of: "1/44")
    let lines = try verify(journals)
    let loss = try #require(lines.first)
    #expect(lines.count == 1)
    #expect(loss.text("journal") == journals[0].path)
    #expect(loss.text("id") == "1/44")
    #expect(loss.fields["certain"] as? Bool == true)
    #expect(loss.text("verdict") == "supplied")
    #expect(loss.text("digest") != nil)
    #expect(offers(loss) == [journals[1].path, journals[2].path])
    // One that holds it damaged too is no supplier; alone, a journal can ask nobody.
    try journals[2].damage(.payload, of: "1/44")
    #expect(try verify(journals).map(offers) == [[journals[1].path], [journals[1].path]])
    #expect(try verify([journals[0]]).isEmpty)
  }

  @Test func whatNobodyHoldsIsLost() throws {
    let journals = try replicas()
    for journal in journals { try journal.damage(.payload, of: "1/87") }
    let lines = try verify(journals)
    #expect(lines.map { $0.text("journal") } == journals.map(\.path))
    #expect(lines.allSatisfy { $0.text("verdict") == "lost" && offers($0).isEmpty })
    // Replica 0 never had it.
    try journals[1].damage(.body, of: "1/42")
    let two = try verify([journals[0], journals[1]]).filter { $0.text("id") == "1/42" }
    #expect(two.map { $0.text("verdict") } == ["lost"])
    #expect(two.first?.text("digest") == nil)
    let three = try verify(journals).filter { $0.text("id") == "1/42" }
    #expect(three.map { $0.text("verdict") } == ["supplied"])
    #expect(three.map(offers) == [[journals[2].path]])
  }

  @Test func aDamagedHeaderMayHaveHeldWhatOthersHave() throws {
    let journals = try replicas()
    try journals[0].damage(.header, of: "1/87")
    let lines = try verify(journals)
    // Nothing here says which it was: replica 0 has neither of these.
    #expect(lines.map { $0.text("id") } == ["1/42", "1/87"])
    #expect(lines.allSatisfy { $0.fields["certain"] as? Bool == false })
    #expect(lines.allSatisfy { $0.text("verdict") == "supplied" && offers($0).count == 2 })
  }

  @Test func ofALogThatIsGoneEverythingIsWanted() throws {
    let journals = try replicas()
    try FileManager.default.removeItem(atPath: journals[1].path + "/term-0000000001.events")
    let lines = try verify(journals)
    #expect(lines.count == 124)
    #expect(lines.first { $0.text("id") == "1/42" }.map(offers) == [journals[2].path])
    #expect(lines.first { $0.text("id") == "1/43" }.map(offers)?.count == 2)
  }

  @Test func anIndexDoesNotHideWhoSupplies() throws {
    let journals = try replicas()
    #expect(try journals[0].run(["index"]).status == 0)
    try journals[0].damage(.payload, of: "1/44")
    #expect(try verify(journals).map(offers) == [[journals[1].path, journals[2].path]])
  }

  @Test func offersThatDifferAreAConflict() throws {
    let root = MadeRequest.root
    let journals = try ["one", "two", "three"].enumerated().map { number, name in
      try shop.journal(
        name, volume: Self.volume,
        [
          .create(root, [UInt8](text: "f"), 1),
          .write(1, at: 0, [UInt8](text: number == 1 ? "other" : "bytes")),
        ])
    }
    // A body that is damaged does not say what it was; a payload's body does.
    let bodiless = try journals[0].copy("bodiless")
    try bodiless.damage(.body, of: "1/2")
    let conflict = try verify([bodiless, journals[1], journals[2]])
    #expect(conflict.map { $0.text("verdict") } == ["conflict"])
    #expect(conflict.map(offers) == [[journals[1].path, journals[2].path]])
    try journals[0].damage(.payload, of: "1/2")
    #expect(try verify(journals).map { $0.text("verdict") } == ["supplied"])
    #expect(try verify([journals[0], journals[1]]).map { $0.text("verdict") } == ["lost"])
  }

  @Test func anotherVolumesRequestsAreOfNoUse() throws {
    let other = "6f1f0e5a-2b8e-4a53-9d0c-58a6b2f4d3c2"
    let journals = try replicas(volumes: [Self.volume, other, Self.volume])
    try journals[0].damage(.body, of: "1/44")
    #expect(try verify(journals).map(offers) == [[journals[2].path]])
    #expect(try verify([journals[0], journals[1]]).isEmpty)
  }
}
