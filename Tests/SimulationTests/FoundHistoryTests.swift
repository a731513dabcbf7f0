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
    Found(
      testDescription: "a void request of a term that a replica is done with is not on its brick",
      seed: 2851, needed: "2/3 void: setattr",
      events: [
        .submit(seed: 11_734_297_726_026_014_654),
        .deliver(seed: 10_334_827_012_008_199_723, count: 1),
        .attempt(members: 3, seed: 5_515_502_453_464_005_417), .advance(run: 1, steps: 13),
        .deliver(seed: 5_009_688_151_140_550_844, count: 9),
        .submit(seed: 17_923_259_103_734_299_296), .submit(seed: 5_536_846_210_696_832_418),
        .submit(seed: 13_897_566_695_621_076_571),
        .deliver(seed: 15_342_859_931_555_812_123, count: 6),
        .power(replica: 1, after: 0, onBrick: false, seed: 2_708_528_810_382_783_578),
        .attempt(members: 3, seed: 3_388_901_728_497_897_015), .advance(run: 2, steps: 15),
        .meddle(replica: 0, seed: 18_327_701_843_153_474_019),
      ]),
    Found(
      testDescription: "what is damaged of a term that is done with is not taken back on the brick",
      seed: 4824, needed: "1/2 forward told ok []: unlink",
      events: [
        .submit(seed: 3_397_528_410_601_098_849), .submit(seed: 13_871_270_487_323_364_643),
        .submit(seed: 10_920_901_077_696_092_561), .submit(seed: 8_293_157_941_047_553_588),
        .submit(seed: 17_383_761_297_270_571_129),
        .attempt(members: 1, seed: 6_390_945_085_520_868_696), .advance(run: 3, steps: 13),
        .rot(replica: 0, seed: 9_061_118_583_024_596_837),
      ]),
  ]

  @Test(arguments: found)
  func isSoundNow(_ found: Found) throws {
    let outcome = try Simulator().run(
      Simulator.History(seed: found.seed, events: found.events))
    #expect(outcome.broken == [])
    #expect(!outcome.marks.contains(.conflict))
    #expect(
      outcome.account.contains { $0.hasPrefix(found.needed) }, "\(outcome.account)")
  }
}
