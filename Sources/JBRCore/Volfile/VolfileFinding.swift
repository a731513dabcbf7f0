/// What is wrong with a volfile, and where.
public struct VolfileFinding: Equatable, Sendable {
  public enum Severity: String, Sendable { case error, warning }

  public var rule: VolfileRule
  /// Nil where the graph was not read from a file.
  public var position: VolfilePosition?
  /// The volume that it is about; nil between volumes.
  public var volume: String?
  public var message: String

  public var severity: Severity { rule.severity }

  public init(
    _ rule: VolfileRule, at position: VolfilePosition?, volume: String? = nil, _ message: String
  ) {
    self.rule = rule
    self.position = position
    self.volume = volume
    self.message = message
  }
}

/// The rules of `jbr-volgen check`; `docs/volfile.md` has them for people.
public enum VolfileRule: String, CaseIterable, Sendable {
  case syntax
  case backtick
  case droppedCharacter = "dropped-character"
  case encoding
  case limit
  case unknownType = "unknown-type"
  case duplicateVolume = "duplicate-volume"
  case undefinedSubvolume = "undefined-subvolume"
  case duplicateChild = "duplicate-child"
  case cycle
  case childCount = "child-count"
  case missingOption = "missing-option"
  case invalidValue = "invalid-value"
  case duplicateOption = "duplicate-option"
  case emptyValue = "empty-value"
  case unknownOption = "unknown-option"
  case severalTops = "several-tops"
  case unusedVolume = "unused-volume"
  case sharedBrick = "shared-brick"
  case withinBrick = "within-brick"
  case notInVolfile = "not-in-volfile"
  case reconReach = "recon-reach"
  case volumeID = "volume-id"
  case glusterfs

  /// An error is what the real parser refuses, or what it would silently make another graph of.
  public var severity: VolfileFinding.Severity {
    switch self {
    case .duplicateOption, .emptyValue, .unknownOption, .severalTops, .unusedVolume: .warning
    default: .error
    }
  }

  /// Whether the real parser accepts some graphs that this rule refuses, for what stands in them.
  public var isStricterThanGlusterFS: Bool {
    switch self {
    case .backtick, .droppedCharacter, .encoding, .limit, .undefinedSubvolume, .duplicateChild,
      .childCount, .missingOption:
      true
    default: false
    }
  }

  /// Whether this rule holds a graph against the bricks, the promise at its head or the program
  /// that starts it, by which no parser can judge.
  public var looksBeyondTheGraph: Bool {
    switch self {
    case .sharedBrick, .withinBrick, .volumeID, .reconReach, .notInVolfile: true
    default: false
    }
  }

  /// Whether an error by this rule is one of GlusterFS' own.
  public var isGlusterFSOwn: Bool { !isStricterThanGlusterFS && !looksBeyondTheGraph }
}

/// A text from a file as part of a message: in quotes, on one line, not endless, and without a
/// backtick, which a shell would run if the message came there.
func quoted(_ text: String) -> String {
  let scalarCountMax = 80
  let head = String(String.UnicodeScalarView(text.unicodeScalars.prefix(scalarCountMax)))
  let isCut = head.utf8.count < text.utf8.count
  let plain = Failure.visible(head).replacing("`", with: "\\u{60}")
  return "'" + plain + (isCut ? "…" : "") + "'"
}
