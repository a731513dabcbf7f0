extension VolumeGraph {
  /// The graph in Graphviz' language: a box for each volume, arrows to those that it uses, the
  /// top above. The comments that open the file stand below the picture.
  ///
  /// A password is never shown: pictures are made to be passed around.
  public func picture(withOptions: Bool = false) -> String {
    var text = """
      digraph volfile {
        rankdir=TB;
        node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=10];
        edge [fontname="Helvetica", fontsize=9];

      """
    let lines = header.map { $0.trimmed }.filter { !$0.isEmpty }
    if !lines.isEmpty {
      // \l ends a line that begins at the left.
      let label = lines.map { Self.escaped($0) + "\\l" }.joined()
      text += "  labelloc=b; labeljust=l; fontname=\"Helvetica\"; fontsize=9;\n"
      text += "  label=\"\(label)\";\n"
    }
    for volume in volumes { text += "  " + Self.box(volume, withOptions) }
    for volume in volumes { text += Self.arrows(from: volume) }
    return text + "}\n"
  }

  private static func box(_ volume: Volume, _ withOptions: Bool) -> String {
    var label = escaped(volume.name.text) + "\\n" + escaped(volume.type.text)
    if withOptions {
      label += "\\n"
      for option in volume.options {
        let value = option.isSecret ? "…" : option.value.text
        label += escaped("\(option.key.text) = \(value)") + "\\l"
      }
    }
    let color = colors[volume.type.text.prefix { $0 != "/" }] ?? "white"
    return "\"\(escaped(volume.name.text))\" [label=\"\(label)\", fillcolor=\"\(color)\"];\n"
  }

  private static func arrows(from volume: Volume) -> String {
    var text = ""
    for (index, subvolume) in volume.subvolumes.enumerated() {
      // GlusterFS counts subvolumes, so that their numbers say something where there are several.
      let number = volume.subvolumes.count > 1 ? " [label=\"\(index)\"]" : ""
      text += "  \"\(escaped(volume.name.text))\" -> \"\(escaped(subvolume.text))\"\(number);\n"
    }
    return text
  }

  /// By the folder of the translator.
  private static let colors: [Substring: String] = [
    "storage": "lightgoldenrod1", "protocol": "lightblue1", "cluster": "palegreen2",
    "performance": "gray93", "features": "lavender", "debug": "mistyrose",
    "experimental": "sandybrown", "mount": "lightcyan",
  ]

  /// A text within a quoted string of Graphviz.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in Failure.visible(text).unicodeScalars {
      if scalar == "\"" || scalar == "\\" { escaped += "\\" }
      escaped.unicodeScalars.append(scalar)
    }
    return escaped
  }
}

extension VolumeOption {
  /// Whether the value is for the owner's eyes only.
  public var isSecret: Bool { key.text.hasSuffix("password") }
}

extension String {
  /// Without the spaces at both ends.
  fileprivate var trimmed: String {
    let start = drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " }.reversed())
  }
}
