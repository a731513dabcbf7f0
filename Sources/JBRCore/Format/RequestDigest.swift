extension Request {
  /// The digest of what the request says, in canonical form: dicts in key order, since it
  /// differs between replicas, and without JBR's own numbers. The payload is not in it.
  public var contentDigest: Digest {
    var hasher = ContentHasher()
    hasher.update(integer: fop.rawValue)
    for value in values { hasher.update(value) }
    return hasher.digest()
  }

  /// The digest of the whole request, payload included.
  public func contentDigest(payload: Payload?) throws(Failure) -> Digest {
    guard let payload, payload.count > 0 else { return contentDigest }
    return try payload.digest(behind: digestPrefix)
  }

  /// Tells that the digest of the whole request will be asked for.
  func expectContentDigest(payload: Payload?) {
    guard let payload, payload.count > 0, payload.source.isFar else { return }
    payload.expectDigest(behind: digestPrefix)
  }

  /// What stands before the payload in the digest.
  private var digestPrefix: [UInt8] {
    let meta = contentDigest
    var prefix: [UInt8] = []
    prefix.append(integer: meta.high)
    prefix.append(integer: meta.low)
    return prefix
  }
}

extension ContentHasher {
  fileprivate mutating func update(_ value: FieldValue) {
    switch value {
    case .loc(let loc):
      update(loc.gfid)
      update(loc.parent)
      update(optional: loc.name)
    case .gfid(let gfid): update(gfid)
    case .u32(let value): update(integer: value)
    case .i32(let value): update(integer: value)
    case .u64(let value): update(integer: value)
    case .i64(let value): update(integer: value)
    case .string(let bytes): update(optional: bytes)
    case .dict(let entries): update(entries)
    case .attributes(let attributes): update(attributes)
    }
  }

  private mutating func update(_ gfid: GFID) {
    update(integer: gfid.high)
    update(integer: gfid.low)
  }

  private mutating func update(optional bytes: ByteView?) {
    update(integer: UInt8(bytes == nil ? 0 : 1))
    if let bytes { update(counted: bytes) }
  }

  private mutating func update(_ entries: [DictEntry]) {
    let own = "trusted.jbr."
    let sorted = entries.filter { !$0.key.starts(with: own.utf8) }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    update(integer: UInt32(sorted.count))
    for entry in sorted {
      update(counted: entry.key)
      update(counted: entry.value)
    }
  }

  private mutating func update(_ attributes: Attributes) {
    for number in [attributes.mode, attributes.uid, attributes.gid] { update(integer: number) }
    for time in [attributes.atime, attributes.mtime] {
      update(integer: time.seconds)
      update(integer: time.nanoseconds)
    }
  }
}
