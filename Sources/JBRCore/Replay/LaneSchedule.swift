/// Shares the requests of a batch among lanes that work at the same time.
///
/// Whatever touches an object is done on that object's lane, in order; names belong to their
/// directory. A request that touches objects of other lanes is met there: each of them comes to
/// where the request stands in its own order, and goes on when it is done.
struct LaneSchedule {
  enum Task {
    /// To be done here, once the other lanes have come.
    case execute(position: Int, others: [Meeting])
    /// To be waited for.
    case meet(Meeting)
  }

  /// Where one lane waits for a request of another.
  struct Meeting {
    /// The waiting lane has done everything before; nil where there is nothing to wait for.
    var arrival: Semaphore?
    let departure = Semaphore()
  }

  /// In the order in which each lane works.
  private(set) var lanes: [[Task]]
  /// How many lanes had to wait for another, in all.
  private(set) var meetingCount = 0
  private var owners: [GFID: Int] = [:]
  private var loads: [Int]
  private var nextDirectory = 0

  init(_ items: [ReplayPlan.Item], _ positions: some Sequence<Int>, laneCount: Int) {
    lanes = Array(repeating: [], count: laneCount)
    loads = Array(repeating: 0, count: laneCount)
    for position in positions { add(items[position], position) }
  }

  private mutating func add(_ item: ReplayPlan.Item, _ position: Int) {
    let request = item.request.request
    let main = item.movesOthers ? 0 : lane(of: request)
    loads[main] += 4 + (item.request.payload?.count ?? 0) >> 14
    var others: Set<Int> = []
    for gfid in item.objects {
      guard let owner = owners[gfid] else {
        take(gfid, request, main, &others)
        continue
      }
      if owner != main { others.insert(owner) }
    }
    if item.movesOthers { others = Set(lanes.indices).subtracting([main]) }
    // A directory's own lane need not come to where it is made: it begins there.
    let made = request.fop == .mkdir ? request.requestedGFID : nil
    let begins = made.flatMap { owners[$0] }
    let meetings = others.sorted().map { other in
      let isBeginning = other == begins && others.count == 1 && !item.movesOthers
      let meeting = Meeting(arrival: isBeginning ? nil : Semaphore())
      lanes[other].append(.meet(meeting))
      return meeting
    }
    meetingCount += meetings.count
    lanes[main].append(.execute(position: position, others: meetings))
  }

  /// Where a request is done: with the directory whose names it changes, else with its object.
  private mutating func lane(of request: Request) -> Int {
    let loc = request.loc(.loc) ?? request.loc(.oldloc)
    let place = loc?.name == nil ? request.target : loc?.parent ?? .null
    if let known = owners[place] { return known }
    let lane = loads.indices.min { loads[$0] < loads[$1] } ?? 0
    owners[place] = lane
    return lane
  }

  /// Gives an object that nobody has touched yet to the lane that touches it; a new directory
  /// goes to the lanes in turn, so that what is made in several is made at the same time.
  private mutating func take(
    _ gfid: GFID, _ request: Request, _ main: Int, _ others: inout Set<Int>
  ) {
    guard request.fop == .mkdir, gfid == request.requestedGFID else {
      owners[gfid] = main
      return
    }
    nextDirectory = (nextDirectory + 1) % lanes.count
    owners[gfid] = nextDirectory
    if nextDirectory != main { others.insert(nextDirectory) }
  }
}
