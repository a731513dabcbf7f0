/// The fewest elements of a list, in their order, that still fail, as far as leaving out one run
/// after the other finds them: first halves, in the end single ones, until none can go.
package func shrunk<Element>(
  _ whole: [Element], whileFails fails: ([Element]) throws -> Bool
) rethrows -> [Element] {
  var kept = whole
  var count = max(1, whole.count / 2)
  while true {
    var start = 0
    var hasShrunk = false
    while start < kept.count {
      var shorter = kept
      shorter.removeSubrange(start..<min(start + count, kept.count))
      if try fails(shorter) {
        (kept, hasShrunk) = (shorter, true)
      } else {
        start += count
      }
    }
    if count == 1, !hasShrunk { return kept }
    count = max(1, count / 2)
  }
}
