package import JBRCore

/// A request in a few words, for failures.
package func describe(_ request: Request) -> String {
  func text(_ loc: Loc) -> String {
    let name = loc.name.map { String(decoding: $0, as: UTF8.self) } ?? ""
    return "<\(loc.gfid.low & 0xffff)|\(loc.parent.low & 0xffff)/\(name)>"
  }
  let fields = zip(request.fop.layout, request.values).compactMap { field, value -> String? in
    switch value {
    case .loc(let loc): text(loc)
    case .gfid(let gfid): "fd \(gfid.low & 0xffff)"
    case .u32(let value): "\(field.name) \(value)"
    case .i32(let value): "\(field.name) \(value)"
    case .u64(let value): "\(field.name) \(value)"
    case .i64(let value): "\(field.name) \(value)"
    case .dict(let entries):
      entries.map { entry in
        let key = String(decoding: entry.key, as: UTF8.self)
        if key == "gfid-req" { return "new \(Int(entry.value.last ?? 0))" }
        return key.hasPrefix("trusted.jbr") ? "" : "\(key)=\(entry.value.map { $0 })"
      }.joined(separator: " ")
    default: nil
    }
  }
  return request.fop.name + " " + fields.joined(separator: " ")
}
