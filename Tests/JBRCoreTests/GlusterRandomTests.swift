import Histories
import Testing

@testable import JBRCore

@Suite("GlusterFS against the file system")
struct GlusterRandomTests {
  /// Requests that collide with each other in names, objects and blocks.
  @Test(arguments: seeds(8))
  func givesTheSameAnswersAndTheSameTree(seed: UInt64) throws {
    let twins = try GlusterTwins()
    var generator = ChangeGenerator(seed: seed)
    let model = ModelBrick.empty()
    for brick in [twins.native, twins.gluster, model] as [any BrickStore] {
      try brick.setMode(.root, 0o755)
    }
    var done: [String] = []
    for index in 1...80 as ClosedRange<UInt64> {
      let change = generator.change(model, index: index)
      model.writer = RequestID(term: Term(1), index: index)
      done.append(describe(change.request))
      let expected = answer(change, twins.native)
      let found = answer(change, twins.gluster)
      _ = answer(change, model)
      guard found == expected else {
        Issue.record(
          "seed \(seed): \(expected) on disk, \(found) here:\n\(done.joined(separator: "\n"))")
        return
      }
    }
    let timed = Set(model.objects.filter { $0.value.mtime != nil }.keys)
    let (left, right) = (
      try treeText(twins.native, timed: timed), try treeText(twins.gluster, timed: timed)
    )
    #expect(left == right, "seed \(seed):\n\(firstDifferences(left, right))")
    let found = try twins.differences()
    #expect(found == "", "seed \(seed):\n\(found)\n\(done.joined(separator: "\n"))")
  }

  private func answer(_ change: Change, _ brick: any BrickStore) -> String {
    do throws(BrickError) {
      try FopSemantics.apply(change.request, payload: change.payload, to: brick)
      return "done"
    } catch { return "\(errorName(error.errno)) \(error.call)" }
  }
}
