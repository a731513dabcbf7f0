/// Names the records of one journal: (reign, index) from JBR's index, in one pass and constant
/// memory.
///
/// JBR's index starts over with each leader process. A reign begins where an index already held
/// comes again with other content, or falls back towards 1. Small steps back come from
/// concurrency and begin none: a step back to an index that was not held is kept until what
/// follows tells (a clash: a new reign; an index beyond the highest: the same one).
struct ReignTracker<Item> {
  /// No more requests than this are under way at once, so no step back from concurrency is
  /// larger (GlusterFS' limit of outstanding calls per client).
  static var concurrencyMax: UInt64 { 64 }

  private struct Held {
    var digest: Digest
    var payload: Payload?
  }
  private enum Waiting {
    /// A request with an index of its own.
    case indexed(Item, UInt64, Held)
    /// A rollback, or a request without an index.
    case following(Item, rollback: UInt64?)
    /// What is no request, and has to stay in its place.
    case passing(Item)
  }

  private var term: UInt64 = 1
  private var highest: UInt64 = 0
  /// The indices within `concurrencyMax` of the highest.
  private var held: [UInt64: Held] = [:]
  /// From a step back on that may begin a reign.
  private var waiting: [Waiting] = []
  /// The indices that wait.
  private var waitingHeld: [UInt64: Held] = [:]
  private var last: RequestID

  init() { last = RequestID(term: Term(1), index: 0) }

  /// Takes what is no request: it comes out in its place between them, with a name that means
  /// nothing.
  mutating func pass(_ item: Item, _ emit: (RequestID, Item) -> Void) {
    if waiting.isEmpty { emit(last, item) } else { waiting.append(.passing(item)) }
  }

  /// Takes the next record and hands out those whose name is certain now.
  ///
  /// A record without an index is named after its predecessor; a rollback has the index of the
  /// request that it names.
  mutating func push(
    _ item: Item, request: Request, payload: Payload?, _ emit: (RequestID, Item) -> Void
  ) throws(Failure) {
    let index = request.journaledIndex
    guard let index, request.fop != .ipc else { return follow(item, index, emit) }
    try place(item, index, Held(digest: request.contentDigest, payload: payload), emit)
  }

  private mutating func follow(
    _ item: Item, _ rollback: UInt64?, _ emit: (RequestID, Item) -> Void
  ) {
    if waiting.isEmpty {
      emit(name(rollback: rollback), item)
    } else {
      waiting.append(.following(item, rollback: rollback))
    }
  }

  private mutating func place(
    _ item: Item, _ index: UInt64, _ new: Held, _ emit: (RequestID, Item) -> Void
  ) throws(Failure) {
    if !waiting.isEmpty {
      try waitFurther(item, index, new, emit)
    } else if highest == 0 || index > highest {
      accept(item, index, new, emit)
    } else if let former = held[index], try !same(former, new) {
      beginReign()
      accept(item, index, new, emit)
    } else if highest - index >= Self.concurrencyMax {
      beginReign()
      accept(item, index, new, emit)
    } else {
      waiting = [.indexed(item, index, new)]
      waitingHeld = [index: new]
    }
  }

  /// Hands out what is left at the journal's end.
  mutating func finish(_ emit: (RequestID, Item) -> Void) throws(Failure) {
    // What waits behind the first reign that ends here may wait again for its own.
    while !waiting.isEmpty { try settle(emit) }
  }

  private mutating func waitFurther(
    _ item: Item, _ index: UInt64, _ new: Held, _ emit: (RequestID, Item) -> Void
  ) throws(Failure) {
    if let twin = waitingHeld[index], try !same(twin, new) {
      // The two cannot be of one reign.
      try settle(emit)
      return try place(item, index, new, emit)
    }
    waiting.append(.indexed(item, index, new))
    waitingHeld[index] = new
    if index > highest { return try release(upTo: waiting.count, emit) }
    let clashes = if let former = held[index] { try !same(former, new) } else { false }
    if clashes || highest - index >= Self.concurrencyMax
      || waiting.count > Int(Self.concurrencyMax)
    {
      try settle(emit)
    }
  }

  /// Tells which of what waits is still of this reign, and hands it out; the rest begins one.
  ///
  /// Of all places where the new reign can begin it takes the one that explains the order best:
  /// in the old one requests come late by as little as can be, in the new one few are missing.
  private mutating func settle(_ emit: (RequestID, Item) -> Void) throws(Failure) {
    var best = (cost: UInt64.max, place: 0)
    var late: UInt64 = 0
    for (position, item) in waiting.enumerated() {
      guard case .indexed(_, let index, let new) = item else { continue }
      let cost = late + missing(from: position)
      if cost < best.cost { best = (cost, position) }
      if let former = held[index] {
        // What clashes is of another reign, and so is what follows. A twin is not late.
        guard try same(former, new) else { return try release(upTo: best.place, emit) }
      } else {
        late += highest - min(index, highest)
      }
    }
    try release(upTo: late <= best.cost ? waiting.count : best.place, emit)
  }

  /// By how much the requests that wait from some place on are further than a reign's first.
  private func missing(from position: Int) -> UInt64 {
    var rank: UInt64 = 0
    var sum: UInt64 = 0
    for case .indexed(_, let index, _) in waiting[position...] {
      rank += 1
      if index > rank { sum += index - rank }
    }
    return sum
  }

  private mutating func release(
    upTo count: Int, _ emit: (RequestID, Item) -> Void
  ) throws(Failure) {
    let items = waiting
    waiting = []
    waitingHeld = [:]
    for (position, item) in items.enumerated() {
      if position == count { beginReign() }
      switch item {
      // What waited for a new reign may hold a step back of that reign.
      case .indexed(let item, let index, let held) where position >= count:
        try place(item, index, held, emit)
      case .indexed(let item, let index, let held): accept(item, index, held, emit)
      case .following(let item, let rollback): follow(item, rollback, emit)
      case .passing(let item): pass(item, emit)
      }
    }
  }

  private mutating func beginReign() {
    term += 1
    highest = 0
    held = [:]
  }

  private mutating func accept(
    _ item: Item, _ index: UInt64, _ new: Held, _ emit: (RequestID, Item) -> Void
  ) {
    held[index] = new
    if index > highest {
      highest = index
      if held.count > 2 * Int(Self.concurrencyMax) {
        held = held.filter { index - $0.key < Self.concurrencyMax }
      }
    }
    last = RequestID(term: Term(term), index: index)
    emit(last, item)
  }

  private mutating func name(rollback index: UInt64?) -> RequestID {
    if let index { return RequestID(term: Term(term), index: index) }
    last.term = Term(term)
    last.sub += 1
    return last
  }

  /// Two writes may differ in nothing but their bytes.
  private func same(_ former: Held, _ new: Held) throws(Failure) -> Bool {
    guard former.digest == new.digest else { return false }
    guard let old = former.payload, let payload = new.payload else { return true }
    return try old.digest() == payload.digest()
  }
}
