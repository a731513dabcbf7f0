import FoundationEssentials

/// A certificate as it was written to a file, which is read line by line: there is one for each
/// directory.
public struct CertificateFile {
  public let path: String
  public private(set) var replicas: [JournalMarks] = []
  /// Whether the mtime of every object is in it.
  public private(set) var hasAllTimes = false
  public private(set) var planID: String?
  public private(set) var summary: CertificateSummary

  private struct Kind: Decodable { var type: String }
  private struct Heading: Decodable {
    var plan_id: String?
    var all_times: Bool
    var replicas: Int
  }
  private struct Replica: Decodable {
    struct Term: Decodable {
      var term: JSONUnsigned
      var reconciliation_id: String
      var decision: String?
    }
    var replica: String
    var volume: String?
    var replica_id: String?
    var decided_up_to: JSONUnsigned
    var terms: [Term]
    var requests: String?
  }
  private struct Summary: Decodable {
    var directories: Int
    var objects: Int
    var bytes: JSONInteger
    var tree_digest: String
    var digest: String
  }

  /// Reads a certificate, and checks that it is whole and the one that was written.
  ///
  /// - Throws: `damaged` where it is not.
  public init(path: String) throws(Failure) {
    guard path != "-" else {
      throw Failure(.usage, "a certificate is read twice: name a file", field: "--certificate")
    }
    self.path = path
    summary = CertificateSummary(
      directories: 0, objects: 0, bytes: 0, tree: Digest(high: 0, low: 0),
      digest: Digest(high: 0, low: 0))
    var reader = try LineReader(path: path)
    var hasher = CertificateHasher()
    var heading: Heading?
    var directories = 0
    var isFinished = false
    while let line = try reader.next() {
      let place = reader.lineNumber
      guard !isFinished else { throw Self.failure("goes on behind its summary", path, place) }
      let kind: Kind = try Self.decode(line, path, place)
      switch (kind.type, heading) {
      case ("certificate", nil): heading = try Self.decode(line, path, place)
      case ("certified_replica", .some): replicas.append(try Self.marks(line, path, place))
      case ("certified_directory", .some): directories += 1
      case ("certificate_summary", .some):
        summary = try Self.summary(line, path, place)
        isFinished = true
      default: throw Self.failure("is no line of a certificate", path, place)
      }
      if !isFinished { hasher.update(line: line) }
    }
    hasher.update(summary)
    guard let heading, isFinished else {
      throw Failure(.damaged, "is no whole certificate: it ends without its summary", path: path)
    }
    hasAllTimes = heading.all_times
    planID = heading.plan_id
    guard hasher.digest() == summary.digest, directories == summary.directories,
      replicas.count == heading.replicas
    else {
      throw Failure(
        .damaged, "was changed after it was made: its digest does not fit its lines", path: path)
    }
  }

  private static func failure(_ message: String, _ path: String, _ line: Int) -> Failure {
    Failure(.damaged, message, path: path, at: .line(line))
  }

  fileprivate static func decode<Value: Decodable>(
    _ line: ByteView, _ path: String, _ number: Int
  ) throws(Failure) -> Value {
    do { return try JSONDecoder().decode(Value.self, from: Data(line)) } catch {
      throw failure("is no line of a certificate", path, number)
    }
  }

  private static func marks(
    _ line: ByteView, _ path: String, _ number: Int
  ) throws(Failure) -> JournalMarks {
    let read: Replica = try decode(line, path, number)
    var marks = JournalMarks(replica: read.replica)
    marks.volume = try part(read.volume, UniqueID.init, path, number)
    marks.replicaID = try part(read.replica_id, UniqueID.init, path, number)
    marks.decidedUpTo = read.decided_up_to.value
    for term in read.terms {
      guard let id = UInt64(term.reconciliation_id, radix: 16) else {
        throw failure("is no line of a certificate", path, number)
      }
      marks.terms.append(
        JournalMarks.Term(
          term: term.term.value, reconciliation: id,
          decision: try part(term.decision, Digest.init, path, number)))
    }
    marks.requests = try part(read.requests, Digest.init, path, number)
    return marks
  }

  private static func part<Value>(
    _ text: String?, _ parse: (String) -> Value?, _ path: String, _ number: Int
  ) throws(Failure) -> Value? {
    guard let text else { return nil }
    guard let value = parse(text) else {
      throw failure("is no line of a certificate", path, number)
    }
    return value
  }

  private static func summary(
    _ line: ByteView, _ path: String, _ number: Int
  ) throws(Failure) -> CertificateSummary {
    let read: Summary = try decode(line, path, number)
    guard let tree = Digest(read.tree_digest), let digest = Digest(read.digest) else {
      throw failure("is no line of a certificate", path, number)
    }
    return CertificateSummary(
      directories: read.directories, objects: read.objects, bytes: read.bytes.value, tree: tree,
      digest: digest)
  }
}

/// Reads a certificate's directories one by one.
struct CertifiedDirectories {
  private let path: String
  private var reader: LineReader

  private struct Line: Decodable {
    var type: String
    var path: JSONBytes?
    var gfid: String?
    var entries: Int?
    var names: String?
    var attributes: String?
    var xattrs: String?
    var content: String?
    var timed: [String]?
  }

  init(_ certificate: CertificateFile) throws(Failure) {
    path = certificate.path
    reader = try LineReader(path: path)
  }

  /// nil behind the last.
  mutating func next() throws(Failure) -> DirectoryDigests? {
    while let line = try reader.next() {
      let read: Line = try CertificateFile.decode(line, path, reader.lineNumber)
      guard read.type == "certified_directory" else { continue }
      guard let place = read.path, let gfid = read.gfid.flatMap({ GFID($0) }),
        let entries = read.entries, let names = read.names.flatMap({ Digest($0) }),
        let attributes = read.attributes.flatMap({ Digest($0) }),
        let xattrs = read.xattrs.flatMap({ Digest($0) }),
        let content = read.content.flatMap({ Digest($0) })
      else {
        throw Failure(
          .damaged, "is no line of a certificate", path: path, at: .line(reader.lineNumber))
      }
      var directory = DirectoryDigests(path: Array(place.bytes), gfid: gfid)
      directory.nameCount = entries
      directory.names = names
      directory.attributes = attributes
      directory.xattrs = xattrs
      directory.content = content
      directory.timed = (read.timed ?? []).compactMap { GFID($0) }
      return directory
    }
    return nil
  }
}
