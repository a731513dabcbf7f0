/// What an append or a sum comes to, or a name stands for, where the selection alone does not
/// tell: it depends on what the brick held before, and must be the same when the request is
/// replayed again.
struct AbsoluteResult: Equatable {
  enum Value: Equatable {
    /// Where appended bytes begin.
    case offset(Int64)
    /// An xattr's value.
    case xattr(key: ByteView, value: ByteView)
    /// What stood at the name that is moved or removed.
    case object(GFID)
    /// What gave way to what was moved; the null GFID where the name was free.
    case replaced(GFID)
  }
  var id: RequestID
  var digest: Digest
  var value: Value
}

/// The tool's own record of such results, flushed before the brick is touched. One line each;
/// see docs/brick-scratch.md.
struct AbsoluteResults {
  private struct Key: Hashable {
    var id: RequestID
    var digest: Digest
  }
  private var found: [Key: [AbsoluteResult.Value]] = [:]

  init() {}

  var isEmpty: Bool { found.isEmpty }

  /// Reads the record. Its last line may be torn, and then was never relied on.
  init(text: [UInt8]) {
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast()
    {
      let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      guard words.count >= 4, let id = RequestID(words[0]), let digest = Digest(words[1]) else {
        continue
      }
      switch words[2] {
      case "offset":
        guard let offset = Int64(words[3]) else { continue }
        insert(AbsoluteResult(id: id, digest: digest, value: .offset(offset)))
      case "xattr":
        guard words.count == 5, let key = bytes(base64: words[3]),
          let value = bytes(base64: words[4])
        else { continue }
        insert(
          AbsoluteResult(
            id: id, digest: digest, value: .xattr(key: key[...], value: value[...])))
      case "object":
        guard let gfid = GFID(words[3]) else { continue }
        insert(AbsoluteResult(id: id, digest: digest, value: .object(gfid)))
      case "replaced":
        guard let gfid = GFID(words[3]) else { continue }
        insert(AbsoluteResult(id: id, digest: digest, value: .replaced(gfid)))
      default: continue
      }
    }
  }

  private mutating func insert(_ result: AbsoluteResult) {
    found[Key(id: result.id, digest: result.digest), default: []].append(result.value)
  }

  func values(_ id: RequestID, _ digest: Digest) -> [AbsoluteResult.Value] {
    found[Key(id: id, digest: digest)] ?? []
  }
}

extension AbsoluteResult {
  /// Its line in the record.
  var line: [UInt8] {
    let words: String
    switch value {
    case .offset(let offset): words = "offset \(offset)"
    case .object(let gfid): words = "object \(gfid)"
    case .replaced(let gfid): words = "replaced \(gfid)"
    case .xattr(let key, let value): words = "xattr \(base64(key)) \(base64(value))"
    }
    return [UInt8]("\(id) \(digest) \(words)\n".utf8)
  }
}
