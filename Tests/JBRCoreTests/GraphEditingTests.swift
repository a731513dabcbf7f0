import JBRCore
import Testing

@Suite struct GraphEditingTests {
  private func volume(_ body: String) throws -> Volume {
    let parsed = parse("volume a\n type t/x\n\(body)end-volume\n")
    #expect(parsed.findings == [])
    return try #require(parsed.graph.volumes.first)
  }

  private func text(_ volume: Volume) throws -> String {
    try VolumeGraph(volumes: [volume]).volfile()
  }

  @Test func anOptionIsChangedWhereItStands() throws {
    var changed = try volume("# why\noption k 1\noption l 2\n# twice\noption k 3\n")
    changed.set("k", to: "4 5")
    #expect(
      try text(changed) == """
        volume a
            type t/x
            # why
            # twice
            option k "4 5"
            option l 2
        end-volume

        """)
    changed.set("m", to: "6")
    #expect(changed.options.map(\.key.text) == ["k", "l", "m"])
  }

  @Test func commentsOutliveAnOptionThatIsTakenAway() throws {
    var changed = try volume("# one\noption k 1\noption l 2\n# two\noption k 3\n")
    let isThere = changed.unset("k")
    let isGone = changed.unset("k")
    #expect(isThere)
    #expect(!isGone)
    #expect(
      try text(changed)
        == "volume a\n    type t/x\n    # one\n    option l 2\n    # two\nend-volume\n")
  }

  @Test func anOptionThatIsOverriddenDoesNotCount() throws {
    let changed = try volume("option k 1\noption k 2\noption l 3\noption k \"\"\n")
    #expect(changed.options.filter(changed.counts).map(\.value.text) == ["2", "3"])
  }

  @Test func volumesAreChosenByNameAndType() throws {
    let graph = try VolfileSamples.graph("volfiles/jbr3-client.vol")
    func chosen(_ choice: VolumeChoice) -> Int { graph.volumes.count(where: choice.takes) }
    #expect(chosen(VolumeChoice()) == 4)
    #expect(chosen(VolumeChoice(types: ["protocol/client"])) == 3)
    #expect(chosen(VolumeChoice(names: ["v-client-0"], types: ["protocol/client"])) == 1)
    #expect(VolumeChoice(names: ["x"]).missing(in: graph) == "volume 'x'")
    #expect(VolumeChoice(types: ["a/b"]).missing(in: graph) == "volume of type 'a/b'")
    #expect(VolumeChoice(names: ["v-client-0"]).missing(in: graph) == nil)
  }

  @Test func aPictureHasABoxForEachVolumeAndNoPassword() throws {
    let text = """
      # about "this"

      volume a\\ b
       type protocol/client
       option remote-host h
       option password secret
      end-volume
      volume "t\\"u"
       type cluster/distribute
       subvolumes "a" "b"
      end-volume
      """.replacing("a\\ b", with: "\"a b\"").replacing("\"a\" \"b\"", with: "\"a b\" other")
    let picture = parse(text).graph.picture(withOptions: true)
    #expect(picture.contains(#"label="about \"this\"\l";"#))
    #expect(picture.contains(#""a b" [label="a b\nprotocol/client\nremote-host = h\l"#))
    #expect(picture.contains("password = …"))
    #expect(!picture.contains("secret"))
    #expect(picture.contains(##""t\"u" -> "a b" [label="0"];"##))
    #expect(!parse(text).graph.picture().contains("remote-host"))
  }
}
