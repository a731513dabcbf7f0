/// Something in which a replica is not as a certificate says.
public struct CertificateDifference: Sendable {
  /// From the brick's root; nil where it is about the journal.
  public var path: [UInt8]?
  public var gfid: GFID?
  /// Of a directory `directory` (that it is there at all), `names`, `attributes`, `xattrs` or
  /// `content`; of an object what cannot be read of it; of a journal one of its marks.
  public var entity: String
  public var certified: String
  public var found: String

  public func write(to line: inout LineBuilder, replica: String) {
    line.field("replica", replica)
    line.field("part", path == nil ? "journal" : "tree")
    if let path { line.field("path", bytes: path[...]) }
    if let gfid { line.field("gfid", gfid) }
    line.field("entity", entity)
    line.field("certified", certified)
    line.field("found", found)
  }
}

/// Checks one replica against a certificate. Directories are compared as both are read in the same
/// order, so that neither is held as a whole.
public final class CertificateCheck {
  public typealias Report = (CertificateDifference) throws(Failure) -> Void

  private let certificate: CertificateFile
  private var directories: CertifiedDirectories
  private var next: DirectoryDigests?
  /// The objects in the directory at hand whose mtime is in the certificate.
  private var timed: Set<GFID> = []
  private let report: Report
  private var tree = ContentHasher()
  public private(set) var differenceCount = 0
  public private(set) var comparison: TreeComparison

  public init(
    _ certificate: CertificateFile, brick: any ReadableBrick, report: @escaping Report
  ) throws(Failure) {
    self.certificate = certificate
    self.report = report
    directories = try CertifiedDirectories(certificate)
    comparison = TreeComparison([brick]) { _ in false }
    next = try directories.next()
  }

  /// What of the tree was read, with its digest.
  public var summary: CertificateSummary { CertificateSummary(comparison, tree: tree.digest()) }

  /// Checks the journal's marks, then the tree.
  public func run(_ marks: JournalMarks) throws(Failure) {
    let certified = certificate.replicas.first { $0.replica == marks.replica }
    guard let certified else {
      let names = certificate.replicas.map(\.replica).joined(separator: ", ")
      throw Failure(.usage, "is not in the certificate, which is of \(names)", path: marks.replica)
    }
    for (entity, was, now) in certified.differences(from: marks) {
      try tell(CertificateDifference(entity: entity, certified: was, found: now))
    }
    comparison = TreeComparison(comparison.bricks) { [unowned self] gfid in
      certificate.hasAllTimes || timed.contains(gfid)
    }
    comparison.onDirectory = { [unowned self] path throws(Failure) in try come(to: path) }
    comparison.onDigests = { [unowned self] digests throws(Failure) in try take(digests) }
    var walk = comparison
    try walk.run { trouble throws(Failure) in
      try tell(
        CertificateDifference(
          path: trouble.path ?? [], gfid: trouble.gfid, entity: trouble.entity,
          certified: "readable", found: trouble.values.lazy.compactMap { $0 }.first ?? "absent"))
    }
    comparison = walk
    while let missing = next { try pass(missing) }
  }

  private func tell(_ difference: CertificateDifference) throws(Failure) {
    differenceCount += 1
    try report(difference)
  }

  /// Passes over directories that the certificate has before this one, and that are gone.
  private func come(to path: [UInt8]) throws(Failure) {
    while let missing = next, Self.precedes(missing.path, path) { try pass(missing) }
    timed = next?.path == path ? Set(next?.timed ?? []) : []
  }

  private func pass(_ missing: DirectoryDigests) throws(Failure) {
    try note(missing, "directory", missing.gfid.description, "absent")
    next = try directories.next()
  }

  private func take(_ now: DirectoryDigests) throws(Failure) {
    tree.update(now)
    guard let was = next, was.path == now.path else {
      return try note(now, "directory", "absent", now.gfid.description)
    }
    next = try directories.next()
    if was.gfid != now.gfid {
      try note(now, "directory", was.gfid.description, now.gfid.description)
    }
    for (entity, part) in Self.parts where was[keyPath: part] != now[keyPath: part] {
      try note(now, entity, was[keyPath: part].description, now[keyPath: part].description)
    }
  }

  private static var parts: [(String, KeyPath<DirectoryDigests, Digest>)] {
    [
      ("names", \.names), ("attributes", \.attributes), ("xattrs", \.xattrs),
      ("content", \.content),
    ]
  }

  private func note(
    _ at: DirectoryDigests, _ entity: String, _ was: String, _ now: String
  ) throws(Failure) {
    try tell(
      CertificateDifference(
        path: at.path, gfid: at.gfid, entity: entity, certified: was, found: now))
  }

  /// Whether a walk with the names of each directory in order comes to one path before another.
  static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    // The separator comes before all that stands in names.
    let slash = UInt8(ascii: "/")
    return left.lexicographicallyPrecedes(right) { first, second in
      (first == slash ? 0 : first) < (second == slash ? 0 : second)
    }
  }
}
