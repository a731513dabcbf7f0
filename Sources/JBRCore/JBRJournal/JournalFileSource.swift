/// A journal's file by its path; of a compressed data file the bytes that it was made of.
public struct JournalFileSource: ByteSource {
  public let path: String

  public init(_ path: String) { self.path = path }

  public func byteCount() throws(Failure) -> Int { try opened().byteCount() }

  public func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    try opened().read(at: offset, count: count)
  }

  public func opened() throws(Failure) -> any ByteSource {
    guard Self.isCompressed(path) else { return try PathSource(path).opened() }
    return try CompressedSource(PathSource(path))
  }

  /// Whether a path is that of a compressed data file.
  static func isCompressed(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard case .data(_, _, compressed: true) = JournalNames.parse(evidence: name) else {
      return false
    }
    return true
  }
}
