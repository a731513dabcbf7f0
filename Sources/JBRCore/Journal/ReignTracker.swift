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
    while !waiting.isEmpty { try release(newReign: isFall, emit) }
  }

  /// Whether what waits is a reign of its own, where nothing followed that tells: half way down
  /// is a fall and no step, unless it is what is held already.
  private var isFall: Bool {
    // What waits begins with the step back that made it wait.
    guard case .indexed(_, let first, _) = waiting.first else { return false }
    return first <= highest / 2 && waitingHeld.keys.contains { held[$0] == nil }
  }

  private mutating func waitFurther(
    _ item: Item, _ index: UInt64, _ new: Held, _ emit: (RequestID, Item) -> Void
  ) throws(Failure) {
    if let twin = waitingHeld[index], try !same(twin, new) {
      // Both of the two that wait cannot be of one reign.
      try release(newReign: isFall, emit)
      return try place(item, index, new, emit)
    }
    waiting.append(.indexed(item, index, new))
    waitingHeld[index] = new
    if let former = held[index], try !same(former, new) {
      return try release(newReign: true, emit)
    }
    if index > highest { return try release(newReign: false, emit) }
    if waiting.count > Int(Self.concurrencyMax) { try release(newReign: true, emit) }
  }

  private mutating func release(
    newReign: Bool, _ emit: (RequestID, Item) -> Void
  ) throws(Failure) {
    let items = waiting
    waiting = []
    waitingHeld = [:]
    if newReign { beginReign() }
    for item in items {
      switch item {
      // What waited for a new reign may hold a step back of that reign.
      case .indexed(let item, let index, let held) where newReign:
        try place(item, index, held, emit)
      case .indexed(let item, let index, let held): accept(item, index, held, emit)
      case .following(let item, let rollback):
        follow(item, rollback, emit)
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
    return try Digest(of: old.read()) == Digest(of: payload.read())
  }
}
