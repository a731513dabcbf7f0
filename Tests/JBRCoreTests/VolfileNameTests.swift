import Testing

@testable import JBRCore

/// Names are their bytes, as for GlusterFS: what Unicode calls two spellings of one text are two.
@Suite struct VolfileNameTests {
  /// An é, and an e with an accent behind it.
  private static let (one, two) = ("caf\u{E9}", "cafe\u{301}")

  private func replicate(_ name: String, on children: String, _ options: String = "") -> String {
    "volume \(name)\n type cluster/replicate\n \(options)\n subvolumes \(children)\nend-volume\n"
  }

  @Test func aStringTakesThemForOne() {
    #expect(Self.one == Self.two)
    #expect(ExactText(Self.one) != ExactText(Self.two))
    #expect(Word(Self.one) != Word(Self.two))
    #expect(Set([Word(Self.one), Word(Self.two)]).count == 2)
    #expect(ExactText(Self.two) < ExactText(Self.one))
    #expect(Set([Self.one, Self.one, Self.two].map(ExactText.init)).count == 2)
  }

  @Test func volumesAndSubvolumesAreTheirBytes() {
    let both = posix(Self.one) + posix(Self.two)
    #expect(rules(both + replicate("r", on: "\(Self.one) \(Self.two)")) == [])
    #expect(rules(posix(Self.one) + replicate("r", on: Self.two)).contains(.undefinedSubvolume))
    #expect(
      rules(both + replicate("r", on: "\(Self.one) \(Self.one)")) == [
        .severalTops, .duplicateChild,
      ])
    #expect(rules(both + replicate(Self.one, on: Self.two)).contains(.duplicateVolume))
    // The circle is one of two volumes, and no volume stands on itself.
    let circle = replicate(Self.one, on: Self.two) + replicate(Self.two, on: Self.one)
    #expect(rules(circle).contains(.cycle))
  }

  @Test func whatAServerExportsIsItsBytes() {
    func server(_ name: String) -> String {
      "volume s\n type protocol/server\n option transport-type tcp\n"
        + " option auth.addr.\(name).allow *\n subvolumes \(Self.one)\nend-volume\n"
    }
    #expect(rules(posix(Self.one) + server(Self.one)) == [])
    #expect(rules(posix(Self.one) + server(Self.two)) == [.undefinedSubvolume])
    // An accent behind the dot is the first character of a name.
    #expect(OptionPattern("auth.addr.*.allow").middle(of: "auth.addr.\u{301}x.allow") == "\u{301}x")
    #expect(OptionPattern("auth.addr.*.allow").middle(of: "auth.addr..allow") == nil)
    #expect(OptionKind.path.complaint(about: "/\u{301}x") == nil)
  }

  @Test func optionsAreTheirBytes() {
    let volume = Volume(
      name: "v", type: "a/b",
      options: [VolumeOption(Word(Self.one), "1"), VolumeOption(Word(Self.two), "2")])
    #expect(volume.keptOptions.map(\.value.text) == ["1", "2"])
    #expect(volume.value(of: Self.one) == "1")
    var changed = volume
    changed.set(Self.two, to: "3")
    #expect(changed.options.map(\.value.text) == ["1", "3"])
    let wasThere = changed.unset(Self.one)
    #expect(wasThere)
    #expect(changed.options.map(\.value.text) == ["3"])
    let graph = VolumeGraph(volumes: [volume])
    #expect(graph.asGlusterReadsIt[0].options.map(\.value) == ["2", "1"])
    #expect(Set(graph.optionQuestions.map(\.key)).count == 2)
    #expect(
      !rules("volume v\n type a/b\n option \(Self.one) 1\n option \(Self.two) 2\nend-volume\n")
        .contains(.duplicateOption))
  }

  @Test func differencesAreFound() {
    func graph(_ name: String, _ value: String) -> VolumeGraph {
      parse(
        posix(name) + replicate("r", on: name, "option volume-id \(value)")
      ).graph
    }
    let first = graph(Self.one, Self.one)
    #expect(first.differences(to: first) == [])
    let kinds = first.differences(to: graph(Self.two, Self.two)).map(\.kind)
    #expect(kinds == [.volume, .option, .subvolume, .subvolume, .volume])
    #expect(parse(posix(Self.one)).graph.differences(to: parse(posix(Self.two)).graph).count == 3)
    #expect(VolumeChoice(names: [Self.two]).missing(in: first) != nil)
    #expect(VolumeChoice(names: [Self.one]).missing(in: first) == nil)
  }

  @Test func directoriesAreTheirBytes() {
    let text = posix(Self.one) + posix(Self.two)
    #expect(parse(text).graph.misplaced(UnseenPaths()) == [])
    let same = "volume a\n type storage/posix\n option directory /b/\(Self.one)\nend-volume\n"
    #expect(parse(same + posix(Self.one)).graph.misplaced(UnseenPaths()).count == 1)
    #expect(parse(same + posix(Self.two)).graph.misplaced(UnseenPaths()) == [])
  }

  /// An accent behind a slash, which to Swift is one character with it.
  @Test func slashesAreBytes() throws {
    #expect("/a//\u{301}b/".pathNames == ["a", "\u{301}b"])
    #expect("/\u{301}b".isAbsolutePath)
    func brick(_ name: String, _ path: String) -> String {
      "volume \(name)\n type storage/posix\n option directory \(path)\nend-volume\n"
    }
    let text = brick("a", "/b/\u{301}") + brick("b", "/b//\u{301}/x")
    #expect(parse(text).graph.misplaced(UnseenPaths()).map(\.rule) == [.sharedBrick])
    #expect(try checkedPath("/\u{301}//\u{301}x", "k") == "/\u{301}/\u{301}x")
  }

  @Test func mountsAreFoundByBytes() {
    let mount = Mount(device: "8:1", root: "/", point: "/m/\(Self.two)")
    #expect(mount.inside("/m/\(Self.two)/x") == "/x")
    #expect(mount.inside("/m/\(Self.two)") == "/")
    #expect(mount.inside("/m/\(Self.one)/x") == nil)
    #expect(mount.inside("/m/\(Self.two)x") == nil)
  }

  @Test func whatGlusterFSReadIsComparedByBytes() {
    let (one, two) = (GlusterVolume(name: Self.one), GlusterVolume(name: Self.two))
    #expect(one != two)
    #expect(one == GlusterVolume(name: Self.one))
  }
}
