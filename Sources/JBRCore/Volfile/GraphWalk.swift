/// Follows subvolumes by name, also where the real parser would not (names that are defined only
/// further down), so that what is reported does not hide more.
///
/// Without recursion: a volfile may be a chain of a million volumes.
struct GraphWalk {
  private static let shownNameCountMax = 8
  private let graph: VolumeGraph
  private let children: [[Int]]

  init(_ graph: VolumeGraph, indices: [Word: Int]) {
    self.graph = graph
    children = graph.volumes.map { $0.subvolumes.compactMap { indices[$0] } }
  }

  private enum Visit { case unseen, open, done }

  /// One finding for each reference that closes a circle. A volume on itself is not among them.
  mutating func cycles() -> [VolfileFinding] {
    var visits = [Visit](repeating: .unseen, count: children.count)
    var findings: [VolfileFinding] = []
    for start in children.indices where visits[start] == .unseen {
      var path = [(volume: start, next: 0)]
      visits[start] = .open
      while let (volume, next) = path.last {
        guard next < children[volume].count else {
          visits[volume] = .done
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let child = children[volume][next]
        switch visits[child] {
        case .unseen:
          visits[child] = .open
          path.append((child, 0))
        case .open where child != volume && findings.count < volfileFindingCountMax:
          findings.append(cycle(path.map(\.volume), back: child))
        default: break
        }
      }
    }
    return findings
  }

  private func cycle(_ path: [Int], back child: Int) -> VolfileFinding {
    let circle = path[(path.firstIndex(of: child) ?? 0)...]
    var names = circle.prefix(Self.shownNameCountMax).map { quoted(name($0)) }
    if circle.count > names.count { names.append("…") }
    names.append(quoted(name(child)))
    return VolfileFinding(
      .cycle, at: graph.volumes[child].name.position, volume: name(child),
      "the volumes stand on each other in a circle: \(names.joined(separator: " on "))")
  }

  /// What the top, which is the last volume, does not reach.
  mutating func unused() -> [VolfileFinding] {
    guard let top = children.indices.last else { return [] }
    var isReached = [Bool](repeating: false, count: children.count)
    var isChild = isReached
    for child in children.joined() { isChild[child] = true }
    var stack = [top]
    isReached[top] = true
    while let volume = stack.popLast() {
      for child in children[volume] where !isReached[child] {
        isReached[child] = true
        stack.append(child)
      }
    }
    let unreached = children.indices.filter { !isReached[$0] }
    var findings = unreached.prefix(volfileFindingCountMax).map { index in
      let volume = graph.volumes[index]
      return VolfileFinding(
        isChild[index] ? .unusedVolume : .severalTops, at: volume.name.position,
        volume: volume.name.text,
        isChild[index]
          ? "volume \(quoted(name(index))) is not used by the top, \(quoted(name(top)))"
          : "volume \(quoted(name(index))) is a second top: nothing uses it, "
            + "and GlusterFS starts at the last volume, \(quoted(name(top)))")
    }
    let hidden = unreached.count - findings.count
    if hidden > 0 {
      let next = graph.volumes[unreached[findings.count]].name
      findings.append(
        VolfileFinding(
          .unusedVolume, at: next.position, volume: next.text,
          "this volume and the rest of \(hidden) more are not used either"))
    }
    return findings
  }

  private func name(_ index: Int) -> String { graph.volumes[index].name.text }
}
