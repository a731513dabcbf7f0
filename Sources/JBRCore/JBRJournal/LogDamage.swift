/// A stretch of a jbr journal that is not as it was written.
public struct LogDamage: Error, Equatable, Sendable {
  /// The file, as its reader names it.
  public var path: String
  public var offset: Int
  /// As docs/journal-format.md names it.
  public var field: String
  public var message: String
  /// Checksums, where one does not match; of a damaged header known from the next record.
  public var expected: UInt64?
  public var found: UInt64?
  public var term: Term?
  /// What the request's header still says; nil where the header itself is damaged.
  public var identity: EventIdentity?
  /// Of a log: where the next record begins that can be read; nil where none follows, or only a
  /// part of a record is damaged that is read all the same.
  public var end: Int?
  /// How many records stood there, where a later one tells.
  public var recordCount: UInt64?

  public init(
    path: String, offset: Int, field: String, message: String, expected: UInt64? = nil,
    found: UInt64? = nil, term: Term? = nil, identity: EventIdentity? = nil
  ) {
    self.path = path
    self.offset = offset
    self.field = field
    self.message = message
    self.expected = expected
    self.found = found
    self.term = term
    self.identity = identity
  }

  /// The same as a tool's user sees it.
  public var failure: Failure {
    var text = message
    if let identity, identity.index > 0 {
      let id = RequestID(term: term ?? Term(0), index: identity.index, sub: identity.sub)
      text += "; it is request \(id), \(identity.name) of \(identity.gfid)"
    } else if let term {
      text += "; it is in term \(term)"
    }
    if let expected, let found {
      text += " (expected \(expected.hexadecimal), found \(found.hexadecimal))"
    }
    return Failure(.damaged, text, path: path, at: .offset(offset), field: field)
  }
}

/// Which request a record is about, as far as its header says.
public struct EventIdentity: Equatable, Sendable {
  public var type: UInt8
  public var fop: UInt8
  public var index: UInt64
  public var sub: UInt32
  public var gfid: GFID

  init(_ header: EventHeader) {
    type = header.type
    fop = header.fop
    index = header.index
    sub = header.sub
    gfid = header.gfid
  }

  /// The fop's name, or the event's where it is no request.
  public var name: String {
    Fop(rawValue: fop)?.name ?? EventType(rawValue: type)?.name ?? "event \(type)"
  }
}
