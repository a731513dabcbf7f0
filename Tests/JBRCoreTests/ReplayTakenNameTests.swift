import Histories
import Testing

@testable import JBRCore

/// Replays of requests whose names are taken by objects that are older than the selection.
@Suite struct ReplayTakenNameTests {
  private let old = GFID(high: 5, low: 1)
  private let new = GFID(high: 5, low: 2)
  private let name = EntryName(parent: .root, name: [97])

  private final class Record: ResultsRecord {
    var lines: [UInt8] = []
    func recorded() -> [UInt8] { lines }
    func record(_ lines: ByteView) { self.lines += lines }
  }

  private func brick(_ type: ObjectType) throws -> ModelBrick {
    let brick = ModelBrick.empty()
    brick.writer = RequestID(term: Term(0), index: 1)
    try brick.make(NewObject(gfid: old, type: type, mode: 0o644), at: name)
    if type == .file { try brick.write(Payload([1, 2, 3]), to: old, at: 0) }
    return brick
  }

  private func replay(
    _ requests: [Request], onto brick: ModelBrick, _ record: Record
  ) throws -> [String] {
    let items = requests.enumerated().map { position, request in
      FoldRequest(
        id: RequestID(term: Term(1), index: UInt64(position) + 1), request: request, payload: nil)
    }
    var words: [String] = []
    let replayer = try Replayer(
      items, onto: Replayer.Target(brick, record: record, path: "brick"))
    _ = try replayer.run { _, outcome in words.append(outcome.word) }
    return words
  }

  @Test(arguments: [0x42, 0x242] as [Int32])
  func aCreateOpensWhatIsThere(_ flags: Int32) throws {
    let brick = try brick(.file)
    let record = Record()
    let create = RequestMaker(index: 1).create(new, at: name, flags: flags, mode: 0o600)
    let words = try replay([create], onto: brick, record)
    #expect(!words.contains("failed"), "\(words)")
    #expect(try brick.lookup(name)?.gfid == old)
    #expect(try brick.status(new) == nil)
    #expect(try brick.status(old)?.size == (flags == 0x242 ? 0 : 3))
  }

  @Test func otherThingsAreRefused() throws {
    let maker = RequestMaker(index: 1)
    let requests = [
      maker.create(new, at: name, flags: 0xc2, mode: 0o600),
      maker.mkdir(new, at: name, mode: 0o700), maker.symlink(new, at: name, to: [97]),
    ]
    for request in requests {
      #expect(try replay([request], onto: brick(.directory), Record()) == ["refused"])
    }
  }
}
