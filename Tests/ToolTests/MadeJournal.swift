import Foundation
import Testing

/// A folder for a test's jbr journals, removed with it.
final class JournalShop {
  let directory: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.path + "/jbr-made-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func path(_ name: String) -> String { directory + "/" + name }

  /// Makes a journal of such requests.
  func journal(
    _ name: String, volume: String? = nil, _ requests: [MadeRequest]
  ) throws -> MadeJournal {
    let journal = MadeJournal(path: path(name))
    let identity = volume.map { ["--volume", $0] } ?? []
    try journal.expect(["create", "--name", name] + identity + [journal.path])
    try journal.append(requests)
    return journal
  }
}

/// A jbr journal that the tools make, change and read.
struct MadeJournal {
  let path: String

  @discardableResult
  func run(_ arguments: [String], _ more: String...) throws -> ToolRun {
    try runTool("jbr-journal", arguments + more + [path])
  }

  /// Runs a command that must succeed.
  @discardableResult
  func expect(
    _ arguments: [String], stdin: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ToolRun {
    let run = try runTool("jbr-journal", arguments, stdin: Array(stdin.utf8))
    #expect(run.status == 0, "\(arguments): \(run.stderr)", sourceLocation: sourceLocation)
    return run
  }

  func append(_ requests: [MadeRequest]) throws {
    guard !requests.isEmpty else { return }
    let lines = try requests.map { try $0.line() }.joined(separator: "\n")
    try expect(["append", path], stdin: lines + "\n")
  }

  /// Takes requests of term 1 to what is on the brick, or to what never was.
  func setState(_ state: String, _ indices: String) throws {
    try expect(["set-state", state, "--term", "1", "--index", indices, path])
  }

  /// Another copy of the files.
  func copy(_ name: String) throws -> MadeJournal {
    let target = (path as NSString).deletingLastPathComponent + "/" + name
    try FileManager.default.copyItem(atPath: path, toPath: target)
    return MadeJournal(path: target)
  }

  func bytes(_ file: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + file)))
  }

  func write(_ bytes: [UInt8], _ file: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + file))
  }

  /// The part of a record that damage takes.
  enum Part { case header, body, payload }

  /// Changes a byte of a request, which lies in its term's log as docs/journal-format.md says.
  func damage(_ part: Part, of id: String) throws {
    let line = try #require(try run(["dump", "--request", id]).lines.first)
    let file = try #require(line.text("file"))
    let record = try #require(line.number("file_offset"))
    var bytes = try bytes(file)
    let bodyByteCount = (0..<4).reduce(0) { $0 | Int(bytes[record + 4 + $1]) << (8 * $1) }
    let place =
      switch part {
      case .header: record + 24
      case .body: record + 104 + 20
      case .payload: record + 104 + (bodyByteCount + 7) / 8 * 8
      }
    bytes[place] ^= 0x55
    try write(bytes, file)
  }
}

/// A request as a line that `append` takes.
struct MadeRequest {
  private var fields: [String: Any]

  static let root = "00000000-0000-0000-0000-000000000001"
  private static let null = "00000000-0000-0000-0000-000000000000"

  /// The GFID of a test's object.
  static func gfid(_ number: Int) -> String {
    "00000000-0000-4000-8000-" + String(format: "%012x", number)
  }

  private init(_ fop: String, _ fields: [String: Any]) {
    self.fields = fields
    self.fields["type"] = "request"
    self.fields["id"] = "1/1"
    self.fields["fop"] = fop
    if fields["xdata"] == nil { self.fields["xdata"] = [Any]() }
  }

  func line() throws -> String {
    let data = try JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)
    return String(decoding: data, as: UTF8.self)
  }

  /// Names are bytes; those that are not UTF-8 are written as the tools write them.
  private static func text(_ bytes: [UInt8]) -> Any {
    String(validating: bytes, as: UTF8.self) ?? ["base64": Data(bytes).base64EncodedString()]
  }

  private static func loc(_ parent: String, _ name: [UInt8], _ gfid: String) -> [String: Any] {
    ["gfid": gfid, "parent": parent, "name": text(name)]
  }

  private static func wish(_ gfid: String) -> [Any] {
    let bytes = gfid.filter { $0 != "-" }
    var value = Data()
    var rest = bytes[...]
    while !rest.isEmpty {
      value.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
      rest = rest.dropFirst(2)
    }
    return [["key": "gfid-req", "value": ["base64": value.base64EncodedString()]]]
  }

  static func mkdir(_ parent: String, _ name: [UInt8], _ new: Int) -> MadeRequest {
    MadeRequest(
      "mkdir",
      [
        "loc": loc(parent, name, null), "mode": 0o755, "umask": 0o22, "xdata": wish(gfid(new)),
      ])
  }

  static func create(_ parent: String, _ name: [UInt8], _ new: Int) -> MadeRequest {
    MadeRequest(
      "create",
      [
        "loc": loc(parent, name, null), "flags": 0o101, "mode": 0o100644, "umask": 0o22,
        "fd": null, "xdata": wish(gfid(new)),
      ])
  }

  static func symlink(
    _ parent: String, _ name: [UInt8], _ target: String, _ new: Int
  ) -> MadeRequest {
    MadeRequest(
      "symlink",
      [
        "loc": loc(parent, name, null), "linkpath": target, "umask": 0, "xdata": wish(gfid(new)),
      ])
  }

  static func link(
    _ old: (String, [UInt8]), _ new: (String, [UInt8]), _ file: Int
  ) -> MadeRequest {
    MadeRequest(
      "link",
      [
        "oldloc": loc(old.0, old.1, gfid(file)), "newloc": loc(new.0, new.1, gfid(file)),
      ])
  }

  static func rename(
    _ old: (String, [UInt8]), _ new: (String, [UInt8]), _ object: Int
  ) -> MadeRequest {
    MadeRequest(
      "rename",
      ["oldloc": loc(old.0, old.1, gfid(object)), "newloc": loc(new.0, new.1, null)])
  }

  static func unlink(_ parent: String, _ name: [UInt8], _ object: Int) -> MadeRequest {
    MadeRequest("unlink", ["loc": loc(parent, name, gfid(object)), "flags": 0])
  }

  static func write(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> MadeRequest {
    MadeRequest(
      "writev",
      [
        "fd": gfid(file), "offset": offset, "length": bytes.count, "flags": 0o100001,
        "payload": Data(bytes).base64EncodedString(),
      ])
  }

  /// Adds an array of big-endian numbers to an xattr.
  static func add(_ file: Int, _ key: String, _ numbers: [UInt8]) -> MadeRequest {
    MadeRequest(
      "xattrop",
      [
        "loc": ["gfid": gfid(file), "parent": null], "optype": 0,
        "dict": [["key": key, "value": ["base64": Data(numbers).base64EncodedString()]]],
      ])
  }

  static func truncate(_ file: Int, to offset: Int) -> MadeRequest {
    MadeRequest("ftruncate", ["fd": gfid(file), "offset": offset])
  }

  static func fallocate(_ file: Int, _ offset: Int, _ length: Int) -> MadeRequest {
    MadeRequest(
      "fallocate", ["fd": gfid(file), "mode": 0, "offset": offset, "length": length])
  }
}

extension [UInt8] {
  /// The bytes of a text.
  init(text: String) { self = Array(text.utf8) }
}
