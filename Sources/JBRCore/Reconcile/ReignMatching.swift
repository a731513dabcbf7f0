/// Matches the reigns of several journals, and numbers them over the union.
///
/// Each journal numbers its own reigns from 1; a replica that was away counts fewer. Two reigns
/// are the same if they agree in content at more indices than they differ at. Their order is
/// that in which journals hold them.
struct ReignMatching {
  /// By replica, then by the journal's own term.
  private(set) var terms: [[Term: Term]]

  private struct Node: Hashable, Comparable {
    var replica: Int
    var term: Term
    static func < (left: Node, right: Node) -> Bool {
      (left.replica, left.term) < (right.replica, right.term)
    }
  }

  /// `digests`: for each replica and its own terms, the requests' content by index.
  init(
    names: [String], digests: [[Term: [RequestID: Digest]]]
  ) throws(Failure) {
    terms = digests.map { _ in [:] }
    var classes: [[Node]] = []
    for (replica, reigns) in digests.enumerated() {
      for term in reigns.keys.sorted() {
        let node = Node(replica: replica, term: term)
        let matching = classes.indices.filter { index in
          classes[index].contains { Self.agree(node, $0, digests) }
        }
        guard Self.mayJoin(matching.map { classes[$0] }, digests) else {
          let others = matching.compactMap { classes[$0].first }
            .map { "reign \($0.term) of \(names[$0.replica])" }
          throw Failure(
            .refused,
            "reign \(term) matches both \(others[0]) and \(others[1]): the journals are ambiguous",
            path: names[replica])
        }
        guard let match = matching.first else {
          classes.append([node])
          continue
        }
        // What two replicas hold of different parts of a reign, a third one joins.
        for index in matching.dropFirst().reversed() { classes[match] += classes.remove(at: index) }
        if let twin = classes[match].first(where: { $0.replica == replica }) {
          throw Failure(
            .refused, "reigns \(twin.term) and \(term) match the same reign of another replica",
            path: names[replica])
        }
        classes[match].append(node)
      }
    }
    for (number, index) in try Self.order(classes, names).enumerated() {
      for node in classes[index] { terms[node.replica][node.term] = Term(UInt64(number + 1)) }
    }
  }

  /// Whether some classes can be one reign: no replica is in two of them, and nobody contradicts
  /// another one.
  private static func mayJoin(
    _ classes: [[Node]], _ digests: [[Term: [RequestID: Digest]]]
  ) -> Bool {
    for (position, left) in classes.enumerated() {
      for right in classes[..<position].joined() {
        for node in left where node.replica == right.replica || differ(node, right, digests) {
          return false
        }
      }
    }
    return true
  }

  /// Whether two reigns have different requests at some index.
  private static func differ(
    _ left: Node, _ right: Node, _ digests: [[Term: [RequestID: Digest]]]
  ) -> Bool {
    counts(left, right, digests).different > 0
  }

  private static func agree(
    _ left: Node, _ right: Node, _ digests: [[Term: [RequestID: Digest]]]
  ) -> Bool {
    let found = counts(left, right, digests)
    return found.same > found.different
  }

  private static func counts(
    _ left: Node, _ right: Node, _ digests: [[Term: [RequestID: Digest]]]
  ) -> (same: Int, different: Int) {
    guard let mine = digests[left.replica][left.term],
      let other = digests[right.replica][right.term]
    else { return (0, 0) }
    var same = 0
    var different = 0
    for (id, digest) in mine {
      // Terms differ between journals, so the look-up is by index alone.
      let key = RequestID(term: right.term, index: id.index, sub: id.sub)
      guard let found = other[key] else { continue }
      if found == digest { same += 1 } else { different += 1 }
    }
    return (same, different)
  }

  /// The classes in the one order that all journals agree on.
  private static func order(_ classes: [[Node]], _ names: [String]) throws(Failure) -> [Int] {
    var rest = Set(classes.indices)
    var sorted: [Int] = []
    while !rest.isEmpty {
      let free = rest.filter { candidate in
        !rest.contains { other in other != candidate && precedes(classes[other], classes[candidate])
        }
      }.sorted()
      guard let next = free.first, free.count == 1 else {
        let places = (free.isEmpty ? rest.sorted() : free).prefix(2).compactMap {
          classes[$0].first
        }
        .map { "reign \($0.term) of \(names[$0.replica])" }
        throw Failure(
          .refused, "which came first of \(places.joined(separator: " and ")) cannot be told")
      }
      sorted.append(next)
      rest.remove(next)
    }
    return sorted
  }

  private static func precedes(_ left: [Node], _ right: [Node]) -> Bool {
    left.contains { first in
      right.contains { $0.replica == first.replica && first.term < $0.term }
    }
  }
}
