import Simulation
import Testing

/// Histories that broke something once, shrunk to what was needed.
@Suite struct FoundHistoryTests {
  struct Found: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Gives the number of replicas, and how many are a quorum.
    var seed: UInt64
    /// What must still come up in the history, or it shows nothing any more.
    var needed: String
    var events: [Event]
  }

  private static let found = [
    Found(
      testDescription: "a fallocate that is not applied yet is no sign of a size that was kept",
      seed: 41, needed: "1/2 forward told ok [57]: fallocate",
      events: [
        .submit(seed: 13_292_410_618_625_040_703), .destage(replica: 0, count: 4),
        .submit(seed: 2_669_573_172_799_149_133),
      ]),
    Found(
      testDescription: "what a replica takes for failed may have been decided forward without it",
      seed: 187, needed: "1/1 forward: symlink",
      events: [
        .submit(seed: 3_413_498_579_861_992_979),
        .deliver(seed: 6_290_475_553_236_372_693, count: 7),
        .expire(seed: 16_078_771_295_707_757_073),
        .attempt(members: 11, seed: 11_669_003_491_428_800_789), .advance(run: 2, steps: 14),
        .deliver(seed: 155_110_989_128_383_234, count: 10),
      ]),
    Found(
      testDescription: "a create opens what an earlier selection has made at its name",
      seed: 249, needed: "1/2 forward told ok",
      events: [
        .submit(seed: 14_974_915_970_868_377_662), .destage(replica: 0, count: 1),
        .submit(seed: 3_392_776_760_334_291_057), .destage(replica: 0, count: 4),
      ]),
  ]

  @Test(arguments: found)
  func isSoundNow(_ found: Found) throws {
    let outcome = try Simulator().run(
      Simulator.History(seed: found.seed, events: found.events))
    #expect(outcome.broken == [])
    #expect(
      outcome.account.contains { $0.hasPrefix(found.needed) }, "\(outcome.account)")
  }
}
