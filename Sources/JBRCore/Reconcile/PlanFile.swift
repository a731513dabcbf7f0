import FoundationEssentials

/// A plan as it was written to a file.
public struct PlanFile: Sendable {
  public struct Replica: Decodable, Sendable {
    public var name: String
    public var journal: String
    public var brick: String?
    public var digest: String
    /// Of what the brick had wherever a journal touches it.
    public var brick_digest: String?
  }
  public var path: String
  public var id: String
  public var replicas: [Replica] = []
  public var steps: [Step] = []
  public var isLossless = true
  /// What must be typed before a plan that is not lossless is applied.
  public var lossDigest: String?
  /// The attempt that would have been made when the plan was; nil for fdl journals.
  public private(set) var attempt: Term?
  /// What was decided, to be compared with what is decided when the plan is applied.
  public private(set) var terms: [PlannedTerm] = []
  private(set) var replicaCount: Int?
  private(set) var quorum: Int?
  /// Whether fewer vouch than must.
  public private(set) var isUnsafe = false
  /// Whose request a person chose where contents differ.
  public private(set) var preferred: String?
  /// The bricks that become copies of others.
  public private(set) var copies: [FullCopy] = []
  /// What is written down in jbr journals before it is applied.
  private(set) var sums: [SumResult] = []
  /// By replica, about how much its jbr journal gets from others.
  private(set) var copiedByteCounts: [String: Int64] = [:]
  /// The terms that applying the plan makes anew, since they are damaged.
  private(set) var repaired: Set<RepairedTerm> = []
  /// The requests that no rule may choose between.
  private var conflicts: [(id: String, case: String)] = []
  /// What only people want to know.
  var details = PlanDetails()

  /// What applying it takes.
  public var cost: StepCost { StepCost(steps) }

  private struct Line: Decodable { var type: String }
  private struct Heading: Decodable {
    var plan_id: String
    var replicas: [Replica]
    var attempt: JSONInteger?
    var replica_count: Int?
    var quorum: Int?
  }
  private struct SupplyLine: Decodable {
    var replica: String
    var term: JSONInteger
    var why: String
    var requests: Int
    var payload_bytes: JSONInteger
  }
  private struct FateLine: Decodable {
    var id: String
    var fate: String
    var `case`: String
    var preferred: String?
  }
  private struct FindingLine: Decodable { var kind: String }
  private struct DecidedLine: Decodable {
    var term: JSONInteger
    var digest: String
    var forward: Int
  }
  private struct CopyLine: Decodable {
    var replica: String
    var from: String
    var tree_digest: String
  }
  private struct Summary: Decodable {
    var zero_loss: Bool
    var loss_digest: String?
    var steps: Int
  }

  /// Reads a plan, and checks that it is whole and the one that was made.
  ///
  /// `withDetails`: what is for people is read too.
  public init(path: String, withDetails: Bool = false) throws(Failure) {
    self.path = path
    id = ""
    var reader = try LineReader(path: path)
    let lines = DigestSink()
    var summary: Summary?
    while let line = try reader.next() {
      let place = reader.lineNumber
      if id.isEmpty {
        let kind: Line = try Self.decode(line, path, place)
        guard kind.type != "what_if" else {
          throw Failure(
            .refused, "says what would be planned, and is no plan: make one with plan -o",
            path: path)
        }
        let heading: Heading = try Self.decode(line, path, place)
        id = heading.plan_id
        lines.write((Self.withoutID(line, id) + [UInt8(ascii: "\n")])[...])
        take(heading)
        if withDetails { try details.take("plan", line, path, place) }
        continue
      }
      lines.write(line)
      lines.write([UInt8(ascii: "\n")])
      let kind: Line = try Self.decode(line, path, place)
      if kind.type == "plan_summary" { summary = try Self.decode(line, path, place) }
      try take(kind.type, line, place)
      if withDetails { try details.take(kind.type, line, path, place) }
    }
    guard !id.isEmpty else {
      throw Failure(.damaged, "is empty, and no plan: plan again", path: path)
    }
    guard let summary else {
      throw Failure(
        .damaged, "is no whole plan: it ends without its summary: plan again", path: path)
    }
    isLossless = summary.zero_loss
    lossDigest = summary.loss_digest
    guard lines.digest.description == id, summary.steps == steps.count else {
      throw Failure(
        .damaged,
        "was changed after it was made, since its plan_id does not fit its lines: plan again",
        path: path)
    }
  }

  private mutating func take(_ type: String, _ line: ByteView, _ place: Int) throws(Failure) {
    switch type {
    case "step": steps.append(try Self.step(line, path, place))
    case "full_copy": copies.append(try Self.copy(line, path, place))
    case "decided_term": terms.append(try Self.term(line, path, place))
    case "content_supply":
      let supply: SupplyLine = try Self.decode(line, path, place)
      guard supply.payload_bytes.value >= 0, supply.requests >= 0 else {
        throw Failure(
          .damaged, "is missing or makes no sense", path: path, at: .line(place),
          field: "payload_bytes")
      }
      // A record's header and body take a few hundred bytes.
      let records = min(Int64(clamping: supply.requests), Int64.max >> 9) << 9
      copiedByteCounts[supply.replica] = (copiedByteCounts[supply.replica] ?? 0)
        .addingClamped(supply.payload_bytes.value).addingClamped(records)
      guard supply.why == "repair", let term = UInt64(exactly: supply.term.value) else { return }
      repaired.insert(RepairedTerm(replica: supply.replica, term: Term(term)))
    case "sum_result":
      guard sums.take(try Self.decode(line, path, place)) else {
        throw Failure(
          .damaged, "is missing or makes no sense", path: path, at: .line(place), field: "id")
      }
    case "fate":
      let fate: FateLine = try Self.decode(line, path, place)
      preferred = preferred ?? fate.preferred
      if fate.fate == Fate.conflict.rawValue { conflicts.append((fate.id, fate.case)) }
    case "plan_finding":
      let finding: FindingLine = try Self.decode(line, path, place)
      if finding.kind == PlanFinding.Kind.unsafeQuorum.rawValue { isUnsafe = true }
    default: break
    }
  }

  /// Refuses a plan with requests that nobody may choose between: what it does to the others may
  /// rest on them, and no consent makes a guess right.
  public func requireNoConflict() throws(Failure) {
    guard let first = conflicts.first else { return }
    throw Failure(
      .refused,
      """
      request \(first.id)\(conflicts.count > 1 ? " and \(conflicts.count - 1) more" : "") conflict \
      (\(first.case)): nothing is merged by guess
      """, path: path)
  }

  private mutating func take(_ heading: Heading) {
    replicas = heading.replicas
    attempt = heading.attempt.flatMap { UInt64(exactly: $0.value) }.map { Term($0) }
    replicaCount = heading.replica_count
    quorum = heading.quorum
  }

  private static func term(
    _ line: ByteView, _ path: String, _ number: Int
  ) throws(Failure) -> PlannedTerm {
    let decoded: DecidedLine = try decode(line, path, number)
    guard let term = UInt64(exactly: decoded.term.value), let digest = Digest(decoded.digest) else {
      throw Failure(
        .damaged, "is missing or makes no sense", path: path, at: .line(number), field: "term")
    }
    return PlannedTerm(term: Term(term), digest: digest, forward: decoded.forward)
  }

  private static func copy(
    _ line: ByteView, _ path: String, _ number: Int
  ) throws(Failure) -> FullCopy {
    let decoded: CopyLine = try decode(line, path, number)
    guard let digest = Digest(decoded.tree_digest) else {
      throw Failure(.damaged, "is no digest", path: path, at: .line(number), field: "tree_digest")
    }
    return FullCopy(replica: decoded.replica, supplier: decoded.from, digest: digest)
  }

  /// The heading as it was before it got its id.
  private static func withoutID(_ line: ByteView, _ id: String) -> [UInt8] {
    guard let place = line.firstRange(of: [UInt8]("\"plan_id\":\"\(id)\",".utf8)) else {
      return [UInt8](line)
    }
    return [UInt8](line[..<place.lowerBound] + line[place.upperBound...])
  }

  private static func step(
    _ line: ByteView, _ path: String, _ number: Int
  ) throws(Failure) -> Step {
    let decoded: StepLine = try decode(line, path, number)
    do throws(StepLineError) { return try Step(decoded) } catch {
      throw Failure(
        .damaged, "is missing or makes no sense", path: path, at: .line(number),
        field: error.field)
    }
  }

  static func decode<Value: Decodable>(
    _ line: ByteView, _ path: String, _ number: Int
  ) throws(Failure) -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(line))
    } catch {
      throw Failure(.damaged, "is no line of a plan", path: path, at: .line(number))
    }
  }
}
