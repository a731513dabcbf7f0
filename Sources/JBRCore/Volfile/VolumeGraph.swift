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

  /// The value that the real parser keeps: the last one that is not empty.
  public func value(of key: String) -> String? {
    options.last { $0.key.text == key && !$0.value.text.isEmpty }?.value.text
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
}

extension Word: Equatable {
  public static func == (left: Word, right: Word) -> Bool { left.text == right.text }
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

  public static func < (left: VolfilePosition, right: VolfilePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}
