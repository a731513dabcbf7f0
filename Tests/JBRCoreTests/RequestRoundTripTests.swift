import Histories
import Testing

@testable import JBRCore

/// The meta file's bytes as a reader takes them.
func records(of bytes: [UInt8]) throws -> [Record] {
  var reader = FDLMetaReader(MemoryByteSource(bytes))
  var all: [Record] = []
  while let record = try reader.next() { all.append(record) }
  return all
}

/// The JSON line of a request.
func jsonLine(_ line: RequestLine, payload: PayloadForm = .base64) throws -> [UInt8] {
  let sink = SharedSink()
  var writer = LineWriter(sink)
  try writer.write(RequestLine.type) { builder throws(Failure) in
    try builder.fields(of: line, payload: payload)
  }
  try writer.flush()
  return sink.bytes
}

/// A sink whose bytes can be looked at while a writer owns it.
final class SharedSink: ByteSink {
  private(set) var bytes: [UInt8] = []
  func write(_ bytes: ByteView) { self.bytes += bytes }
}

@Suite struct RequestRoundTripTests {
  @Test(arguments: Fop.allCases)
  func whatIsWrittenIsReadAsBytesAndAsJSON(fop: Fop) throws {
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededGenerator(seed: seed << 8 | UInt64(fop.rawValue))
      let request = random.request(fop)
      let bytes = request.encoded
      let read = try records(of: bytes)
      #expect(read.map(\.request) == [request], "seed \(seed)")
      #expect(read.first?.byteCount == bytes.count)

      let payload = [UInt8](random.bytes(Int(request.payloadByteCount)))
      let id = RequestID(
        term: Term(random.integer()), index: random.integer(), sub: random.integer())
      var line = RequestLine(
        id: id, request: request, payload: fop == .writev ? Payload(payload) : nil)
      line.file = "a-meta-1.jnl"
      line.path = [0xff, 0x2f, 0x61]
      let text = try jsonLine(line)
      let decoded = try #require(
        try RequestLine.decode(text.dropLast(), lineNumber: 1, path: "lines"), "seed \(seed)")
      #expect(decoded.id == id)
      #expect(decoded.request == request, "seed \(seed)")
      #expect(decoded.path == line.path && decoded.file == line.file)
      if fop == .writev { #expect(try decoded.payload?.read() == payload) }
    }
  }

  @Test func aLineOfAnotherTypeIsNone() throws {
    let line = ByteView(#"{"type":"journal_file","file":"x"}"#.utf8)
    #expect(try RequestLine.decode(line, lineNumber: 1, path: "lines") == nil)
  }

  @Test(
    arguments: [
      (#"nonsense"#, nil),
      (#"[1]"#, nil),
      (#"{"type":"request","fop":"rmdir"}"#, "id"),
      (#"{"type":"request","id":"1/2","fop":"rmdr"}"#, "fop"),
      (#"{"type":"request","id":"1-2","fop":"ipc","xdata":[]}"#, "id"),
      (#"{"type":"request","id":"1/2","term":1,"index":3,"fop":"ipc","xdata":[]}"#, "id"),
      (#"{"type":"request","id":"1/2","fop":"ipc"}"#, "xdata"),
      (
        #"{"type":"request","id":"1/2","fop":"ipc","xdata":[{"key":"a","value":{"base64":"!"}}]}"#,
        "xdata[0].value.base64"
      ),
      (#"{"type":"request","id":"1/2","fop":"ftruncate","fd":"x","offset":1,"xdata":[]}"#, "fd"),
      (
        #"{"type":"request","id":"1/2","fop":"rmdir","loc":{"gfid":"00000000-0000-0000-0000-000000000001","name":"../x"},"flags":0,"xdata":[]}"#,
        "loc.name"
      ),
      (
        #"{"type":"request","id":"1/2","fop":"ftruncate","fd":"00000000-0000-0000-0000-000000000001","offset":9223372036854775807,"xdata":[]}"#,
        "offset"
      ),
      (
        #"{"type":"request","id":"1/2","fop":"rmdir","loc":{"gfid":"00000000-0000-0000-0000-000000000001"},"flags":3000000000,"xdata":[]}"#,
        "flags"
      ),
    ] as [(String, String?)])
  func anErrorNamesLineAndKey(line: String, key: String?) throws {
    let failure = try #require(throws: Failure.self) {
      try RequestLine.decode(ByteView(line.utf8), lineNumber: 7, path: "lines")
    }
    #expect(failure.place == .line(7))
    #expect(failure.field == key)
    #expect(failure.status == .damaged)
  }

  @Test func timesAreThoseOfACalendar() {
    let known: [(Int64, String)] = [
      (-1, "1969-12-31T23:59:59.000000009Z"), (-62_167_219_200, "0000-01-01T00:00:00.000000009Z"),
      (253_402_300_799, "9999-12-31T23:59:59.000000009Z"),
      (0, "1970-01-01T00:00:00.000000009Z"), (951_782_400, "2000-02-29T00:00:00.000000009Z"),
      (Int64(UInt32.max), "2106-02-07T06:28:15.000000009Z"),
    ]
    for (seconds, text) in known {
      let time = JournalTime(seconds: seconds, nanoseconds: 9)
      #expect(time.text == text)
      #expect(JournalTime(text: text) == time)
    }
    for bad in ["2001-02-29T00:00:00Z", "1969-12-31T24:00:00Z", "10000-01-01T00:00:00Z", "x"] {
      #expect(JournalTime(text: bad) == nil)
    }
    #expect(JournalTime(text: "1970-01-01T00:00:01.5Z")?.nanoseconds == 500_000_000)
  }
}
