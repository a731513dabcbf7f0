import Synchronization

/// Payloads that are to be read and checked, on all processors; what a jbr journal holds is checked
/// against its checksums when it is read.
public struct PayloadChecks: Sendable {
  /// How much is read at once.
  private static let blockByteCount = 1 << 20
  private final class Shared: Sendable { let found = Mutex<[Int: Failure]>([:]) }
  private var payloads: [(payload: Payload, tag: Int)] = []
  /// How many bytes wait for their check.
  public private(set) var byteCount = 0

  public init() {}

  /// `tag` is what a failure is told by.
  public mutating func add(_ payload: Payload, tag: Int) {
    payloads.append((payload, tag))
    byteCount += payload.count
  }

  /// Reads all that was added, and begins anew.
  /// - Returns: those that cannot be read or are damaged, in the order in which they were added.
  public mutating func run() -> [(tag: Int, failure: Failure)] {
    let payloads = payloads
    let share = Shared()
    for (payload, _) in payloads where payload.source.isFar {
      payload.source.expect(sumsOf: payload.stretch)
    }
    concurrently(payloads.count) { index, buffer in
      do throws(Failure) {
        try Self.check(payloads[index].payload, &buffer)
      } catch {
        share.found.withLock { $0[index] = error }
      }
    }
    self = PayloadChecks()
    let failures = share.found.withLock { $0 }
    return failures.sorted { $0.key < $1.key }.map { (payloads[$0.key].tag, $0.value) }
  }

  private static func check(_ payload: Payload, _ buffer: inout [UInt8]) throws(Failure) {
    if payload.source.isFar {
      // Whoever holds the bytes sums them up; what has a checksum compares it.
      let found = try payload.source.sums(of: payload.stretch).byteCount
      guard found == payload.count else { throw payload.shortage(left: found) }
      return
    }
    var done = 0
    while done < payload.count {
      let count = min(blockByteCount, payload.count - done)
      try payload.source.read(at: payload.offset + done, count: count, into: &buffer)
      guard buffer.count == count else { throw payload.shortage(left: done + buffer.count) }
      done += count
    }
  }
}

extension Payload {
  fileprivate var stretch: Stretch { Stretch(at: offset, count: count) }
}
