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
    Found(
      testDescription: "behind a prune a create meets what was there before",
      seed: 202_409, needed: "2/1 forward told errno 17: create",
      events: [
        .attempt(members: 3, seed: 14_317_191_485_142_660_094),
        .submit(seed: 6_024_225_582_120_303_462), .advance(run: 1, steps: 16), .prune(replica: 1),
        .prune(replica: 0), .submit(seed: 6_541_508_133_400_892_360),
      ]),
    Found(
      testDescription: "a plan is not looked for on bricks that a later attempt has gone on with",
      seed: 212_434, needed: "5/1",
      events: [
        .submit(seed: 14_499_682_091_891_710_395),
        .deliver(seed: 17_650_910_082_967_115_645, count: 2),
        .attempt(members: 5, seed: 15_768_216_437_077_098_960),
        .attempt(members: 7, seed: 3_532_353_532_837_107_258),
        .attempt(members: 3, seed: 218_309_130_727_475_040), .advance(run: 0, steps: 15),
        .advance(run: 2, steps: 9), .advance(run: 0, steps: 4),
        .attempt(members: 6, seed: 14_722_018_441_946_383_675), .advance(run: 2, steps: 10),
        .advance(run: 0, steps: 10), .advance(run: 0, steps: 16),
        .submit(seed: 1_358_640_434_212_523_632),
        .deliver(seed: 15_266_916_536_084_782_895, count: 7), .resend,
        .deliver(seed: 17_763_569_108_024_145_218, count: 4), .destage(replica: 1, count: 2),
        .advance(run: 1, steps: 16),
      ]),
    Found(
      testDescription: "what was refused on a brick moved no time there",
      seed: 305_602, needed: "2/3 forward told errno 22: rename",
      events: [
        .attempt(members: 7, seed: 16_774_071_235_943_004_850), .advance(run: 1, steps: 60),
        .submit(seed: 13_789_247_996_631_532_289),
        .deliver(seed: 12_476_437_546_548_840_657, count: 8),
        .submit(seed: 8_537_260_993_036_415_573), .submit(seed: 3_935_695_341_205_337_483),
        .prune(replica: 2), .deliver(seed: 2_464_613_690_038_068_880, count: 10),
        .attempt(members: 5, seed: 10_458_069_955_631_965_048), .advance(run: 0, steps: 14),
        .attempt(members: 6, seed: 12_498_279_110_699_390_276), .prune(replica: 1),
        .advance(run: 2, steps: 14),
      ]),
    Found(
      testDescription: "a restarted follower does not do again what is committed",
      seed: 309_490, needed: "3/5",
      events: [
        .submit(seed: 1_886_036_005_970_048_801),
        .attempt(members: 6, seed: 14_128_449_835_305_371_455), .advance(run: 0, steps: 4),
        .attempt(members: 3, seed: 12_257_266_917_125_837_922), .advance(run: 1, steps: 4),
        .advance(run: 0, steps: 3), .advance(run: 1, steps: 3), .advance(run: 2, steps: 5),
        .deliver(seed: 4_567_602_724_769_426_739, count: 10), .resend,
        .retry(seed: 9_135_336_330_285_506_101), .expire(seed: 17_094_535_493_158_537_497),
        .submit(seed: 7_931_593_238_306_402_062), .submit(seed: 923_801_609_285_838_903),
        .deliver(seed: 6_936_302_729_958_168_701, count: 9),
        .retry(seed: 5_124_908_842_200_394_694),
        .deliver(seed: 3_405_147_874_371_899_074, count: 7), .destage(replica: 0, count: 6),
        .kill(replica: 0), .start(replica: 0), .submit(seed: 15_321_075_682_706_450_224),
        .deliver(seed: 17_503_952_020_671_372_531, count: 10), .destage(replica: 0, count: 6),
      ]),
    Found(
      testDescription: "a file grows by a byte that is zero",
      seed: 317_650, needed: "1/3 forward told ok [49]: writev",
      events: [
        .submit(seed: 16_935_505_447_129_357_811),
        .deliver(seed: 6_849_214_184_187_942_387, count: 8),
        .submit(seed: 3_377_986_819_118_059_570), .submit(seed: 4_866_555_384_970_446_372),
        .submit(seed: 14_337_091_978_791_440_493),
        .deliver(seed: 3_573_029_980_205_827_274, count: 7), .destage(replica: 2, count: 4),
      ]),
    Found(
      testDescription: "who has pruned a decision has applied what it says all the same",
      seed: 611_931, needed: "1/2 forward told ok",
      events: [
        .submit(seed: 12_545_539_223_785_837_244),
        .deliver(seed: 7_591_774_195_161_646_110, count: 8),
        .submit(seed: 2_124_719_313_297_182_760),
        .deliver(seed: 2_827_151_069_949_828_986, count: 8),
        .attempt(members: 14, seed: 10_235_394_511_656_018_700), .advance(run: 3, steps: 6),
        .advance(run: 2, steps: 1), .attempt(members: 14, seed: 3_226_484_366_965_314_745),
        .advance(run: 0, steps: 7), .advance(run: 1, steps: 3), .advance(run: 1, steps: 12),
        .prune(replica: 3), .prune(replica: 1), .prune(replica: 2),
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
