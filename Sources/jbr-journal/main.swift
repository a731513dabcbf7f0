import JBRCore
import JBRTool
for path in CommandLine.arguments.dropFirst() {
  var r = try JournalReader(JournalFiles.find(path))
  var n = 0, last: RequestID? = nil, terms: [UInt64: Int] = [:]
  while let item = try r.next() {
    switch item {
    case .record(let rec): n += 1; last = rec.id; terms[rec.id.term.rawValue, default: 0] += 1
      if rec.request.encoded.count != rec.record.byteCount { print("LEN") }
    case .fileEnd(let e): print(path, "run", e.pair.run, "file", e.pair.fileNumber, e.end, e.recordCount, e.metaByteCount, e.payloadByteCount, e.dataByteCount)
    case .damage(let f): print("DAMAGE", f)
    case .stale(let p): print("STALE", p.meta.path)
    }
  }
  print(path, n, last.map{"\($0)"} ?? "-", terms, r.idSource)
}
