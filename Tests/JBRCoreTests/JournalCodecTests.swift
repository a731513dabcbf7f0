import Histories
import Testing

@testable import JBRCore

/// What is written of each structure is read back.
@Suite struct JournalCodecTests {
  @Test func everyEventIsReadAsItWasWritten() throws {
    var random = SeededGenerator(seed: 1)
    let samples = JournalBodies.samples(&random)
    #expect(Set(samples.map(\.type)) == Set(EventType.allCases))
    for event in samples {
      #expect(try Event(event.type, from: ByteCursor(event.encoded[...], base: 0)) == event)
    }
  }

  @Test(arguments: Fop.allCases)
  func everyRequestsArgumentsAreReadAsTheyWereWritten(fop: Fop) throws {
    for seed in 0..<10 as Range<UInt64> {
      var random = SeededGenerator(seed: seed, byteCountMax: 20)
      let request = random.request(fop)
      let bytes = ArgumentsCodec.encode(request)
      #expect(try ArgumentsCodec.decode(fop, ByteCursor(bytes[...], base: 0)) == request)
      for count in 0..<bytes.count {
        #expect(throws: FormatError.self) {
          try ArgumentsCodec.decode(fop, ByteCursor(bytes[..<count], base: 0))
        }
      }
    }
  }

  @Test func timesBeyond32BitsAreKept() throws {
    var random = SeededGenerator(seed: 2)
    var request = random.request(.setattr)
    guard case .attributes(var attributes) = request.values[1] else { return }
    attributes.mtime = JournalTime(seconds: -5 as Int64, nanoseconds: 1)
    attributes.atime = JournalTime(seconds: 1 << 40 as Int64, nanoseconds: 2)
    request.values[1] = .attributes(attributes)
    let bytes = ArgumentsCodec.encode(request)
    #expect(try ArgumentsCodec.decode(.setattr, ByteCursor(bytes[...], base: 0)) == request)
  }

  @Test func aSuperblockForgetsNothing() throws {
    let superblock = JournalBodies.superblock()
    #expect(superblock.joined == [1...3, 7...7, 9...9])
    #expect(try Superblock(superblock.encoded) == superblock)
    func refused(_ change: (inout Superblock) -> Void) -> Bool {
      var next = superblock
      next.generation += 1
      change(&next)
      return superblock.refusal(of: next) != nil
    }
    #expect(!refused { _ in })
    #expect(refused { $0.promise = 8 })
    #expect(refused { $0.clients = [:] })
    #expect(refused { $0.generation = 1 })
    #expect(refused { $0.replica = .null })
    #expect(refused { $0.opened = 10 })
  }

  @Test func statesChangeAsTheRulesSay() throws {
    var states = RequestStates(term: Term(1))
    var model: [UInt64: RequestState] = [:]
    var random = SeededGenerator(seed: 3)
    for _ in 0..<3_000 {
      let index = UInt64.random(in: 1...60, using: &random)
      let last = min(60, index + UInt64.random(in: 0...9, using: &random))
      let state = RequestState.allCases.randomElement(using: &random) ?? .committed
      if Bool.random(using: &random) {
        let isNew = model[index] == nil
        #expect(((try? states.add(index)) != nil) == isNew)
        if isNew { model[index] = .uncommitted }
      } else {
        let touched = model.filter { (index...last).contains($0.key) }
        let isLegal = !touched.isEmpty && touched.values.allSatisfy { $0.mayBecome(state) }
        #expect(((try? states.change(index, last: last, to: state)) != nil) == isLegal)
        if isLegal { for key in touched.keys { model[key] = state } }
      }
      for (index, state) in model { #expect(states.state(index) == state) }
      for state in RequestState.allCases {
        #expect(states.count(state) == UInt64(model.values.count { $0 == state }))
      }
    }
  }
}
