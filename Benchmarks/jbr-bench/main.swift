import Foundation
import JBRCore

/// Makes journals to measure on, and measures durable appends. Not shipped.
///
///     jbr-bench fill JOURNAL --requests N --size BYTES [--files F] [--spread M]
///     jbr-bench append JOURNAL --producers P --size BYTES --requests N
///     jbr-bench small-files JOURNAL --files N
///     jbr-bench large-file JOURNAL --bytes N
///     jbr-bench replica-set DIRECTORY --requests N --missing M --open K
struct Bench {
  let arguments: [String]

  func option(_ name: String, _ fallback: Int) -> Int {
    guard let position = arguments.firstIndex(of: "--" + name), position + 1 < arguments.count
    else { return fallback }
    return Int(arguments[position + 1]) ?? fallback
  }

  static func write(_ file: Int, at offset: Int, _ payload: Payload) -> NewRequest {
    let request = Request(
      fop: .writev,
      values: [
        .gfid(GFID(high: 9, low: UInt64(file))), .u64(UInt64(payload.count)),
        .i64(Int64(offset)), .u32(0x8001), .dict([]),
      ])
    return NewRequest(request, payload: payload.count > 0 ? payload : nil)
  }

  func open(_ limits: WriterLimits) throws -> JournalWriter {
    let disk = SystemDisk()
    let directory = arguments[1]
    try JournalWriter.create(
      on: disk, directory: directory,
      superblock: Superblock(
        volume: .fresh(on: disk), replica: .fresh(on: disk), created: disk.time(),
        name: Array("bench".utf8)))
    let writer = try JournalWriter(on: disk, directory: directory, limits: limits)
    try writer.open(Term(1))
    return writer
  }

  static let spreadFile = 0xb16
  static let spreadByteCount = 4096

  /// Requests in groups of a thousand, over files one after the other; `spread` of them, evenly
  /// apart, write 4 KiB each to one file more. The term is frozen in the end.
  func fill() throws {
    let count = option("requests", 100_000)
    let size = option("size", 0)
    let files = option("files", 1000)
    let spread = option("spread", 0)
    let writer = try open(WriterLimits())
    let payload = Payload((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let block = Payload((0..<Self.spreadByteCount).map { UInt8(truncatingIfNeeded: $0 &* 37) })
    let group = max(1, min(1000, (8 << 20) / max(size, 1)))
    let stride = spread > 0 ? count / spread : Int.max
    var done = 0
    while done < count {
      let events = (done..<min(count, done + group)).map { number in
        if number % stride == stride / 2 {
          let offset = number / stride * Self.spreadByteCount
          return NewEvent.request(Self.write(Self.spreadFile, at: offset, block))
        }
        return .request(
          Self.write(number % files, at: number / files * max(size, 1), payload))
      }
      _ = try writer.commit(events)
      done += events.count
    }
    for state in [RequestState.inProgress, .needFsync, .committed] {
      _ = try writer.commit(
        [.state(state, index: 1, sub: 0, last: UInt64(count), results: [])])
    }
    try writer.freeze(Term(1))
  }

  /// Many threads, each of which waits for its request before it sends the next.
  func append() throws {
    let producers = option("producers", 64)
    let count = option("requests", 6400)
    let size = option("size", 4096)
    let journal = try open(WriterLimits())
    let commit = try JournalCommit(journal)
    let payload = Payload((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let start = Date()
    var threads: [Thread] = []
    let done = DispatchGroup()
    for producer in 0..<producers {
      done.enter()
      let thread = Thread {
        for number in 0..<count / producers {
          do {
            _ = try commit.submit(Self.write(producer, at: number * size, payload))
          } catch {
            fatalError("\(error)")
          }
        }
        done.leave()
      }
      threads.append(thread)
      thread.start()
    }
    done.wait()
    let seconds = Date().timeIntervalSince(start)
    print(
      "{\"producers\":\(producers),\"size\":\(size),\"requests\":\(count),"
        + "\"flushes\":\(commit.flushCount),\"seconds\":\(seconds),"
        + "\"requests_per_second\":\(Double(count) / seconds),"
        + "\"bytes_per_flush\":\(count * size / max(1, commit.flushCount))}")
  }
}

let bench = Bench(arguments: Array(CommandLine.arguments.dropFirst()))
switch bench.arguments.first {
case "fill" where bench.arguments.count > 1: try bench.fill()
case "append" where bench.arguments.count > 1: try bench.append()
case "small-files" where bench.arguments.count > 1: try bench.smallFiles()
case "large-file" where bench.arguments.count > 1: try bench.largeFile()
case "replica-set" where bench.arguments.count > 1: try bench.replicaSet()
default:
  print("usage: jbr-bench fill|append|small-files|large-file|replica-set JOURNAL [--OPTION N]...")
  exit(64)
}
