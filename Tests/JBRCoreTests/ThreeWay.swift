import Foundation
import Glibc
import GlusterTesting
import Histories
import PlainModel
import Testing

@testable import JBRCore

/// What was compared, and what came of it.
struct ThreeWayTally {
  var sequences = 0
  var requests = 0
  var fops: [String: Int] = [:]
  var refusals: [String: Int] = [:]
  var exceptions: PlainExceptions = [:]

  /// One line for each kind of figure.
  var text: String {
    func list(_ counts: [String: Int]) -> String {
      counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
    return """
      \(sequences) sequences, \(requests) requests
      fops: \(list(fops))
      refused: \(list(refusals))
      excepted: \(list(exceptions))
      """
  }
}

/// Does the same requests three ways: replayed natively, replayed through a running GlusterFS,
/// and by the plain model, which first has to agree with another GlusterFS that is asked fop by
/// fop.
///
/// All sequences use the same servers, each below a directory and with GFIDs of its own.
final class ThreeWay {
  private let directory: TemporaryDirectory
  private let direct: DirectBrick
  private let served: ServedBrick
  private let client: GlusterClient
  private var attempt: UInt64 = 0
  private(set) var tally = ThreeWayTally()

  /// Faults to be found: what the native replay is given in a request's stead, and what the
  /// model is told in the place of a fop.
  var replayFault: (Change) -> Change = { $0 }
  var modelFault: (PlainFop) -> PlainFop? = { $0 }

  init() throws {
    try #require(isRoot)
    directory = try TemporaryDirectory()
    direct = try DirectBrick(in: directory.path)
    served = try ServedBrick(in: directory.path)
    client = try connect(served).client
  }

  /// The requests of a seed.
  static func sequence(seed: UInt64) -> [Change] {
    var generator = ChangeGenerator(seed: seed)
    generator.isWide = true
    var model = PlainModel()
    var changes: [Change] = []
    for index in 1...UInt64.random(in: 4...28, using: &generator.random) {
      let change = generator.change(model, index: index)
      if let fop = PlainFop(change) { _ = model.apply(fop) }
      changes.append(change)
    }
    return changes
  }

  /// Whether every object that requests name was made by one before them, as in any sequence that
  /// was drawn: what to make of others is not in question here.
  private static func isWhole(_ changes: [Change]) -> Bool {
    var made: Set<GFID> = [.root, .null]
    for request in changes.map(\.request) {
      for value in request.values {
        switch value {
        case .gfid(let gfid): if !made.contains(gfid) { return false }
        case .loc(let loc): if !made.isSuperset(of: [loc.gfid, loc.parent]) { return false }
        default: continue
        }
      }
      if let gfid = request.requestedGFID { made.insert(gfid) }
    }
    return true
  }

  /// How the ways differ; nil where they do not.
  func difference(_ changes: [Change], isCounted: Bool = false) throws -> String? {
    attempt += 1
    let place = Place(number: attempt)
    let placed = [place.making] + changes.map(place.placed)
    let fops = placed.compactMap { PlainFop($0) }
    var model = PlainModel()
    var exceptions: PlainExceptions = [:]
    let (expected, answers) = execute(fops, &model, &exceptions)
    var judge = Judge(
      model: model, top: PlainID(place.top), name: place.name, expected: expected,
      exceptions: exceptions)
    defer {
      for brick in [direct.served.brick, served.brick] {
        DiskTree(brick: brick).remove(place.name)
      }
    }
    judge.compare("the model is wrong: GlusterFS", direct.served.brick) { answers }
    guard judge.found.isEmpty else { return judge.text }

    judge.judged = .replay
    let native = directory.path + "/native"
    let record = directory.path + "/results"
    defer { for path in [native, record] { try? FileManager.default.removeItem(atPath: path) } }
    for way in ["natively", "natively, once more"] {
      judge.compare(way, native) {
        let target = Replayer.Target(try NativeBrick(path: native, creating: true))
        return try replayed(placed.map(replayFault), target, expected)
      }
    }
    judge.compare("through GlusterFS", served.brick) {
      let target = Replayer.Target(
        GlusterBrick(client, native: nil), record: ResultsFile(path: record, brick: "served"),
        path: "served")
      return try replayed(placed, target, expected)
    }
    if isCounted { count(placed, expected, judge.exceptions) }
    return judge.found.isEmpty ? nil : judge.text
  }

  /// Has the model and GlusterFS do the same, fop by fop.
  private func execute(
    _ fops: [PlainFop], _ model: inout PlainModel, _ exceptions: inout PlainExceptions
  ) -> (expected: [Int32], answers: [Int32]) {
    var expected: [Int32] = []
    var answers: [Int32] = []
    for fop in fops {
      let unsent = model.unsent(fop)
      let wanted = modelFault(fop).map { model.apply($0) } ?? 0
      expected.append(wanted)
      if let unsent { exceptions["\(unsent), not sent to GlusterFS", default: 0] += 1 }
      answers.append(unsent == nil ? direct.apply(fop) : wanted)
      if answers.last == 0 { giveBits(fop, model, &exceptions) }
      if answers.last != 0 { mend(fop, model, &exceptions) }
    }
    return (expected, answers)
  }

  /// A brick gives what it makes its owner last, by which these bits get lost. Replay gives them
  /// back, as somebody who wants them does by one more request.
  private func giveBits(
    _ fop: PlainFop, _ model: PlainModel, _ exceptions: inout PlainExceptions
  ) {
    guard case .make(_, let id, _) = fop, let object = model.objects[id],
      object.kind != .directory, object.mode & 0o6000 != 0
    else { return }
    var attributes = PlainFop.Attributes()
    attributes.mode = object.mode
    _ = direct.apply(.setattr(id, attributes, open: false))
    exceptions["setuid or setgid that GlusterFS loses when it makes a file", default: 0] += 1
  }

  /// A brick removes a directory's handle before it finds out that the directory stays where it
  /// is. Without one the directory cannot be reached.
  private func mend(
    _ fop: PlainFop, _ model: PlainModel, _ exceptions: inout PlainExceptions
  ) {
    guard case .rename(let old, _) = fop, let id = model.names[old],
      model.objects[id]?.kind == .directory,
      DiskTree(brick: direct.served.brick).mendHandle(id, at: old)
    else { return }
    exceptions["a handle that GlusterFS loses in a refused rename", default: 0] += 1
  }

  /// What a replay says of each request: 0, or the errno.
  private func replayed(
    _ changes: [Change], _ target: Replayer.Target, _ expected: [Int32]
  ) throws -> [Int32?] {
    let requests = changes.enumerated().map { position, change in
      FoldRequest(
        id: RequestID(term: Term(attempt), index: UInt64(position + 1)),
        request: change.request, payload: change.payload)
    }
    // A request for an object that is not there ends a replay, unless it keeps going.
    let options = Replayer.Options(keepsGoing: expected.contains(Glibc.ESTALE))
    var answers = [Int32?](repeating: nil, count: requests.count)
    _ = try Replayer(requests, onto: target, options).run { request, outcome in
      answers[Int(request.id.index) - 1] =
        switch outcome {
        case .applied, .wouldApply, .alreadyApplied: 0
        case .skipped(.objectRemoved): Glibc.ESTALE
        case .skipped: 0
        case .refused(let error), .failed(let error): error.errno
        }
    }
    return answers
  }

  private func count(
    _ changes: [Change], _ expected: [Int32], _ exceptions: PlainExceptions
  ) {
    tally.sequences += 1
    tally.requests += changes.count
    for change in changes { tally.fops[change.request.fop.name, default: 0] += 1 }
    for number in expected where number != 0 {
      tally.refusals[errorName(number), default: 0] += 1
    }
    tally.exceptions.merge(exceptions, uniquingKeysWith: +)
  }

  // MARK: Many

  /// A sequence that gave a difference, and what is left of it when all is taken out without
  /// which there still is one.
  struct Finding {
    var seed: UInt64
    var shrunk: [Change]
    var text: String

    var report: String {
      let lines = shrunk.enumerated().map { "\($0 + 2). " + describe($1.request) }
      return """
        seed \(seed) (scripts/model-test --seed \(seed) --runs 1), shrunk, behind 1. mkdir of \
        the root that is written as 1 here:
        \(lines.joined(separator: "\n"))
        \(text)
        """
    }
  }

  /// Compares one seed after the other; the first difference ends it.
  func run(_ seeds: Range<UInt64>, progress: (ThreeWayTally) -> Void = { _ in }) throws -> Finding?
  {
    for seed in seeds {
      let changes = Self.sequence(seed: seed)
      if try difference(changes, isCounted: true) != nil {
        let few = try shrunk(changes) { try Self.isWhole($0) && difference($0) != nil }
        let text = try difference(few) ?? "it is gone when it is done once more"
        return Finding(seed: seed, shrunk: few, text: text)
      }
      progress(tally)
    }
    return nil
  }
}

/// Where a sequence takes place: what its requests call the root is a directory in it.
private struct Place {
  private static let mark: UInt64 = 0xabcd
  private static let counterBits: UInt64 = 20
  let number: UInt64
  var name: String { "t\(number)" }
  var top: GFID { moved(GFID(high: Self.mark << 48, low: 1 << 63 | (1 << Self.counterBits) - 1)) }

  var making: Change {
    let name = EntryName(parent: .root, name: ByteView(name.utf8))
    return Change(request: RequestMaker(index: nil).mkdir(top, at: name, mode: 0o755))
  }

  private func moved(_ gfid: GFID) -> GFID {
    if gfid == .root { return top }
    guard gfid.high >> 48 == Self.mark else { return gfid }
    return GFID(high: gfid.high, low: gfid.low | number << Self.counterBits)
  }

  func placed(_ change: Change) -> Change {
    var change = change
    for (position, value) in change.request.values.enumerated() {
      switch value {
      case .gfid(let gfid): change.request.values[position] = .gfid(moved(gfid))
      case .loc(var loc):
        (loc.gfid, loc.parent) = (moved(loc.gfid), moved(loc.parent))
        change.request.values[position] = .loc(loc)
      case .dict(let entries):
        change.request.values[position] = .dict(
          entries.map { entry in
            guard entry.key.elementsEqual("gfid-req".utf8), let gfid = GFID(bytes: entry.value)
            else { return entry }
            return DictEntry("gfid-req", moved(gfid).bytes)
          })
      default: continue
      }
    }
    return change
  }
}

/// Holds what was answered and what was left against the model.
private struct Judge {
  let model: PlainModel
  let top: PlainID
  let name: String
  let expected: [Int32]
  var judged = PlainModel.Judged.gluster
  var exceptions: PlainExceptions = [:]
  var found: [String] = []
  var text: String { found.joined(separator: "\n") }
  /// The keys under which GlusterFS keeps gfid2paths.
  private var pathKeys: [String: String] = [:]

  init(
    model: PlainModel, top: PlainID, name: String, expected: [Int32], exceptions: PlainExceptions
  ) {
    (self.model, self.top, self.name) = (model, top, name)
    (self.expected, self.exceptions) = (expected, exceptions)
  }

  private func text(_ answer: Int32?) -> String {
    answer.map { $0 == 0 ? "done" : errorName($0) } ?? "no answer"
  }

  mutating func compare(_ way: String, _ brick: String, _ execute: () throws -> [Int32?]) {
    let answers: [Int32?]
    do { answers = try execute() } catch {
      found.append("\(way): \(error)")
      return
    }
    for (position, (answer, wanted)) in zip(answers, expected).enumerated() {
      guard answer != wanted else { continue }
      found.append("\(way): request \(position + 1): \(text(answer)), should be \(text(wanted))")
    }
    let tree = DiskTree(brick: brick).read(name)
    found += model.differences(tree, below: top, judged, &exceptions).map { "\(way): \($0)" }
    for (key, path) in tree.nodes.values.flatMap(\.paths) {
      if judged == .gluster { pathKeys[path] = key }
      if pathKeys[path] != key { found.append("\(way): gfid2path of \(path) has key \(key)") }
    }
  }
}
