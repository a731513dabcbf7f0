#if canImport(JBRCore)
@testable import JBRCore
#endif

/// The parsers of what a file may hold, each with the law that it must keep.
enum FuzzTarget {
  static let count: UInt8 = 7

  static func run(_ kind: UInt8, _ bytes: [UInt8]) {
    switch kind % count {
    case 0: fdlRecord(bytes)
    case 1: arguments(bytes)
    case 2: event(bytes)
    case 3: superblock(bytes)
    case 4: fileHeader(bytes)
    case 5: recordHeader(bytes)
    default: volfile(bytes)
    }
  }

  private static func fdlRecord(_ bytes: [UInt8]) {
    guard let request = try? Request(record: bytes, at: 0) else { return }
    precondition(request.encoded.count <= bytes.count + 8)
    _ = request.contentDigest
  }

  private static func arguments(_ bytes: [UInt8]) {
    guard let number = bytes.first, let fop = Fop(rawValue: number) else { return }
    let body = bytes.dropFirst()
    guard let request = try? ArgumentsCodec.decode(fop, ByteCursor(body, base: 0)) else { return }
    precondition(ArgumentsCodec.encode(request).elementsEqual(body))
  }

  private static func event(_ bytes: [UInt8]) {
    guard let number = bytes.first, let type = EventType(rawValue: number) else { return }
    let body = bytes.dropFirst()
    guard let event = try? Event(type, from: ByteCursor(body, base: 0)) else { return }
    precondition(event.encoded.elementsEqual(body))
  }

  /// What the grammar takes is printed so that it reads back equal; and what may be shown to
  /// GlusterFS holds nothing that it would run.
  private static func volfile(_ bytes: [UInt8]) {
    let parsed = ParsedVolfile(bytes)
    _ = parsed.check()
    if VolfileSafety.objection(to: bytes) == nil {
      precondition(!bytes.contains(UInt8(ascii: "`")))
      precondition(parsed.graph.volumes.allSatisfy { !$0.type.text.contains("..") })
    }
    guard parsed.findings.isEmpty, let text = try? parsed.graph.volfile() else {
      precondition(!parsed.findings.isEmpty, "what was read cannot be printed")
      return
    }
    let again = ParsedVolfile(text.exactBytes)
    precondition(again.findings.isEmpty && again.graph == parsed.graph)
    precondition((try? again.graph.volfile()) == text)
  }

  /// With its checksum made right, so that what is behind it is reached.
  private static func superblock(_ bytes: [UInt8]) {
    var sealed = bytes
    guard sealed.count >= 128 else { return }
    sealed.store(xxh3(sealed.dropLast(8), seed: 0), at: sealed.count - 8)
    guard let superblock = try? Superblock(sealed) else { return }
    precondition((try? Superblock(superblock.encoded)) == superblock)
  }

  private static func fileHeader(_ bytes: [UInt8]) {
    var sealed = bytes
    if sealed.count >= 512 { sealed.store(xxh3(sealed[..<504], seed: 0), at: 504) }
    guard let area = try? FileHeaderArea.read(sealed[...]) else { return }
    precondition((try? FileHeaderArea.read(area.header.encoded[...]))?.header == area.header)
  }

  private static func recordHeader(_ bytes: [UInt8]) {
    guard bytes.count >= EventHeader.byteCount else { return }
    var sealed = bytes
    sealed.store(xxh3(sealed[..<96], seed: 7), at: 96)
    guard case .header(let header, _) = EventHeader.read(sealed[...], at: 0, seed: 7),
      EventHeader.illegality(sealed[...], at: 0) == nil
    else { return }
    precondition(header.unsealed.elementsEqual(sealed[..<96]))
  }
}
