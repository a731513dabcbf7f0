/// Turns lines into columns for people: a heading where the type changes, then padded values.
struct TableLayout {
  private static let columnWidthMin = 6
  private static let columnWidthMax = 40
  private var heading: [ByteView] = []
  private var type: ByteView = []
  private var widths: [Int] = []

  /// The row for a line, behind a heading if one is due.
  mutating func row(_ line: LineBuilder) -> [UInt8] {
    let keys = line.fields.map { line.bytes[$0.key] }
    let values = cells(line)
    var text: [UInt8] = []
    if keys != heading || values[0] != type {
      // A copy, since the views would keep every line's bytes alive.
      heading = keys.map { ByteView(Array($0)) }
      type = values[0]
      widths = zip(keys, values).map { key, value in
        min(Self.columnWidthMax, max(Self.columnWidthMin, key.count, value.count))
      }
      text += columns(
        heading.map { ByteView(String(decoding: $0, as: UTF8.self).uppercased().utf8) })
    }
    return text + columns(values)
  }

  private func cells(_ line: LineBuilder) -> [ByteView] {
    let quote = UInt8(ascii: "\"")
    // Behind each value stands the next key's comma and quote, behind the last "}\n".
    let ends = line.fields.dropFirst().map { $0.key.lowerBound - 2 } + [line.bytes.count - 2]
    return zip(line.fields, ends).map { field, end in
      let value = line.bytes[field.value..<end]
      if value.first == quote { return ByteView(Array(value.dropFirst().dropLast())) }
      // A long list would push everything behind it off the screen; JSON lines have all of it.
      let isLong = value.first == UInt8(ascii: "[") && value.count > Self.columnWidthMax
      var shown = Array(isLong ? value.prefix(Self.columnWidthMax - 1) : value)
      if isLong { shown += "…".utf8 }
      return shown[...]
    }
  }

  private func columns(_ cells: [ByteView]) -> [UInt8] {
    var text: [UInt8] = []
    for (index, cell) in cells.enumerated() {
      text += cell
      if index == cells.count - 1 { break }
      let padding = max(0, widths[index] - cell.count) + 2
      text += [UInt8](repeating: UInt8(ascii: " "), count: padding)
    }
    text.append(UInt8(ascii: "\n"))
    return text
  }
}
