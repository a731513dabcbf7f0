import Synchronization

/// A source that is opened when it is read first and held open for the next reads, among a
/// number that any count of files may share: those that were opened longest ago are closed.
final class KeptSource: ByteSource {
  /// How many are open at a time.
  private static let countMax = 64
  private static let recent = Mutex<[KeptSource]>([])
  private let source: any ByteSource
  private let kept = Mutex<(any ByteSource)?>(nil)

  init(_ source: any ByteSource) { self.source = source }

  var path: String { source.path }

  func byteCount() throws(Failure) -> Int { try opened().byteCount() }

  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    try opened().read(at: offset, count: count)
  }

  func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(Failure) {
    try opened().read(at: offset, count: count, into: &buffer)
  }

  var isFar: Bool { source.isFar }

  func sums(of stretch: Stretch) throws(Failure) -> ContentSums {
    try opened().sums(of: stretch)
  }

  func expect(sumsOf stretch: Stretch) {
    // What cannot be opened says so when it is asked.
    if source.isFar { try? opened().expect(sumsOf: stretch) }
  }

  func opened() throws(Failure) -> any ByteSource {
    if let known = kept.withLock({ $0 }) { return known }
    let opened = try source.opened()
    kept.withLock { $0 = opened }
    let closing = Self.recent.withLock { recent -> KeptSource? in
      recent.append(self)
      return recent.count > Self.countMax ? recent.removeFirst() : nil
    }
    // Who reads from it at this moment holds it for as long.
    closing?.kept.withLock { $0 = nil }
    return opened
  }
}
