/// What a translator says of one of its options.
enum OptionAnswer: Hashable, Sendable {
  /// There is no such translator.
  case unknownTranslator
  case unknownOption
  case valid
  /// Why the value is not taken.
  case invalid(String)
}

/// A volume as GlusterFS itself read it.
struct GlusterVolume: Equatable, Sendable {
  var name = ""
  var type = ""
  /// By key.
  var options: [GlusterOption] = []
  var subvolumes: [String] = []
  /// Why its translator refuses an option; nil if it takes all.
  var complaint: String?

  static func == (left: Self, right: Self) -> Bool {
    left.words == right.words && left.complaint == right.complaint
  }

  private var words: [[ExactText]] {
    [[name, type], options.flatMap { [$0.key, $0.value] }, subvolumes].map {
      $0.map(ExactText.init)
    }
  }
}

/// One of a volume's options.
struct GlusterOption: Sendable {
  var key: String
  var value: String
}

/// Whether a type can only be a file among GlusterFS' translators: words with slashes between.
///
/// GlusterFS loads whatever file a type leads to, and `..` leads anywhere.
func isPlainTranslatorType(_ type: String) -> Bool {
  type.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
    !part.isEmpty
      && part.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      }
  }
}

/// Texts as bytes, each with a NUL behind it, which no text of a volfile has.
enum TextList {
  static func bytes(_ texts: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for text in texts {
      bytes += text.exactBytes
      bytes.append(0)
    }
    return bytes
  }

  static func texts(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(exactly: $0) }
  }
}
