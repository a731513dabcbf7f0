import JBRCore
import Testing

@Suite struct GraphDifferenceTests {
  private let two = posix("a") + "volume l\n type features/locks\n subvolumes a\nend-volume\n"

  /// What differs, in short: kind, volume and key, and both sides.
  private func differences(_ left: String, _ right: String) -> [String] {
    parse(left).graph.differences(to: parse(right).graph).map { one in
      let place = [one.volume, one.key].compactMap(\.self).joined(separator: ".")
      return "\(one.kind.rawValue) \(place): \(one.left ?? "-") / \(one.right ?? "-")"
    }
  }

  @Test func layoutAndCommentsMeanNothing() throws {
    let other = """
      # from somewhere
      volume "a" type storage/posix option directory "/b/a" end-volume
      volume l type features/locks subvolumes a # all
      end-volume
      """
    #expect(differences(two, other) == [])
    let graph = try VolfileSamples.graph("volfiles/jbr3-brick0.vol")
    #expect(parse(try graph.volfile()).graph.differences(to: graph) == [])
  }

  @Test func theOrderOfOptionsMeansNothingAndOfTwoTheLastCounts() {
    let left = "volume a\n type t/x\n option k 1\n option l 2\nend-volume\n"
    let right = "volume a\n type t/x\n option k 3\n option l 2\n option k 1\nend-volume\n"
    #expect(differences(left, right) == [])
    #expect(differences(right, left) == [])
    let empty = right.replacing("option k 1", with: "option k \"\"")
    #expect(differences(left, empty) == ["option a.k: 1 / 3"])
  }

  @Test func truthValuesAreEqualHoweverTheyAreSpelled() {
    func graph(_ value: String) -> String {
      "volume a\n type protocol/client\n option remote-host h\n option send-gids \(value)\n"
        + "end-volume\n"
    }
    #expect(differences(graph("on"), graph("True")) == [])
    #expect(differences(graph("on"), graph("no")) == ["option a.send-gids: on / no"])
    // A number where no truth value is asked for stays one.
    let posix =
      "volume a\n type storage/posix\n option directory /b\n option reserve 1\nend-volume\n"
    #expect(
      differences(posix, posix.replacing("reserve 1", with: "reserve on"))
        == ["option a.reserve: 1 / on"])
  }

  @Test func eachKindOfDifferenceIsNamed() {
    let three = posix("a") + posix("b") + posix("c")
    func top(_ children: String) -> String {
      three + "volume t\n type cluster/distribute\n subvolumes \(children)\nend-volume\n"
    }
    #expect(differences(top("a b"), top("b a")) == ["order t: a b / b a"])
    #expect(
      differences(top("a b"), top("b c")) == ["subvolume t.a: a / -", "subvolume t.c: - / c"])
    #expect(
      differences(two, posix("a"))
        == ["volume l: features/locks / -", "top : l / a"])
    #expect(
      differences(posix("a"), posix("a").replacing("storage/posix", with: "storage/other"))
        == ["type a: storage/posix / storage/other"])
    #expect(
      differences(posix("a"), posix("a").replacing("/b/a", with: "/b/z"))
        == ["option a.directory: /b/a / /b/z"])
  }

  @Test func differencesAreTheSameFromTheOtherSide() throws {
    let graphs = try VolfileSamples.real.map(VolfileSamples.graph)
    for left in graphs {
      for right in graphs {
        let one = left.differences(to: right)
        let other = right.differences(to: left)
        #expect(one.count == other.count)
        #expect(one.isEmpty == (left.volumes == right.volumes || one.isEmpty))
        #expect(Set(one.map(\.kind)) == Set(other.map(\.kind)))
      }
      #expect(left.differences(to: left) == [])
    }
  }
}
