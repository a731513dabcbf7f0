/// A volfile's meaning: volumes that stand on other volumes.
///
/// Two graphs are equal if they say the same; where the words stood does not count.
public struct VolumeGraph: Equatable, Sendable {
  /// The comment lines that open the file, without their `#`: where the graph comes from.
  public var header: [String]
  /// In the file's order: a volume stands behind those that it uses, and the last is the top.
  public var volumes: [Volume]
  /// The comment lines behind the last volume.
  public var footer: [String]

  public init(header: [String] = [], volumes: [Volume] = [], footer: [String] = []) {
    self.header = header
    self.volumes = volumes
    self.footer = footer
  }
}

extension VolumeGraph {
  /// The volumes whose name stands for an earlier one already, which GlusterFS refuses.
  func duplicateVolumes() -> [VolfileFinding] {
    var firsts: [Word: Volume] = [:]
    return volumes.compactMap { volume in
      guard let first = firsts[volume.name] else {
        firsts[volume.name] = volume
        return nil
      }
      return volume.duplicate(of: first)
    }
  }
}

/// One instance of a translator.
public struct Volume: Equatable, Sendable {
  /// The comments in front of the volume and of its type.
  public var comments: [String] = []
  public var name: Word
  /// The translator, such as `storage/posix`.
  public var type: Word
  public var options: [VolumeOption]
  /// The names of the volumes that this one uses, in order.
  public var subvolumes: [Word]
  public var subvolumesComments: [String] = []
  public var endComments: [String] = []

  public init(name: Word, type: Word, options: [VolumeOption] = [], subvolumes: [Word] = []) {
    self.name = name
    self.type = type
    self.options = options
    self.subvolumes = subvolumes
  }

  /// What is wrong with a volume that has the name of an earlier one.
  func duplicate(of first: Volume) -> VolfileFinding {
    let line = first.name.position.map { " in line \($0.line)" } ?? ""
    return VolfileFinding(
      .duplicateVolume, at: name.position, volume: name.text,
      "volume \(quoted(name.text)) is defined\(line) already")
  }

  /// The value that the real parser keeps.
  public func value(of key: String) -> String? { option(key)?.value.text }

  /// The option that the real parser keeps of a key: the last whose value is not empty.
  func option(_ key: String) -> VolumeOption? {
    let key = Word(key)
    return options.last { $0.key == key && !$0.value.text.isEmpty }
  }
}

/// A key and its value, in the file's order, also where a key comes twice.
public struct VolumeOption: Equatable, Sendable {
  public var comments: [String] = []
  public var key: Word
  public var value: Word

  public init(_ key: Word, _ value: Word) {
    self.key = key
    self.value = value
  }

  var hasKnownText: Bool { key.hasKnownText && value.hasKnownText }
}

/// A word of a volfile, without the quotes that it may need there.
public struct Word: Sendable {
  public var text: String
  /// Where the word begins; nil in a graph that was not read from a file.
  public var position: VolfilePosition?

  public init(_ text: String, at position: VolfilePosition? = nil) {
    self.text = text
    self.position = position
  }

  /// Whether what stands there is what GlusterFS sees: not with a backtick, in whose place it would
  /// put what a command prints, nor with a NUL, at which it would stop.
  var hasKnownText: Bool { !text.utf8.contains { $0 == UInt8(ascii: "`") || $0 == 0 } }
}

/// Words are equal if their bytes are, as for GlusterFS, wherever they stand.
extension Word: Hashable, Comparable {
  public static func == (left: Word, right: Word) -> Bool { left.exact == right.exact }

  public static func < (left: Word, right: Word) -> Bool { left.exact < right.exact }

  public func hash(into hasher: inout Hasher) { hasher.combine(exact) }

  private var exact: ExactText { ExactText(text) }
}

extension Word: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(text) }
}

/// A place in a volfile.
public struct VolfilePosition: Hashable, Comparable, Sendable {
  /// From 1.
  public var line: Int
  /// From 1, in characters (Unicode scalars).
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// Goes behind a byte; those behind the first of a character do not count.
  mutating func pass(_ byte: UInt8) {
    if byte == UInt8(ascii: "\n") {
      self = VolfilePosition(line: line + 1, column: 1)
    } else if byte & 0xC0 != 0x80 {
      column += 1
    }
  }

  public static func < (left: VolfilePosition, right: VolfilePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}
