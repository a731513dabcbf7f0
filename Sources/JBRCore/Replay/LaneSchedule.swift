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
  private static let requestLoad = 4
  private static let directoryLoad = 32
  /// Where more of the requests than one of so many are met by another lane, waiting costs more
  /// than is saved.
  private static let requestsPerMeeting = 8
  /// How many lanes had to wait for another, in all.
  private var meetingCount = 0
  private var owners: [GFID: Int] = [:]
  /// What each lane has to do, about.
  private var loads: [Int]

  init(_ items: [ReplayPlan.Item], _ positions: some Sequence<Int>, laneCount: Int) {
    lanes = Array(repeating: [], count: laneCount)
    loads = Array(repeating: 0, count: laneCount)
    for position in positions { add(items[position], position) }
  }

  /// Whether it is likely to be faster than one lane.
  var isWorthwhile: Bool {
    let count = lanes.reduce(0) { $0 + $1.count }
    return lanes.count { $0.count > count / 16 } > 1
      && meetingCount <= count / Self.requestsPerMeeting
  }

  private mutating func add(_ item: ReplayPlan.Item, _ position: Int) {
    let request = item.request.request
    let main = item.movesOthers ? 0 : lane(of: request)
    loads[main] += Self.requestLoad + (item.request.payload?.count ?? 0) >> 14
    // Lanes that must have done what comes before, and those that only begin behind this.
    var others: Set<Int> = []
    var beginners: Set<Int> = []
    for gfid in item.objects {
      if let owner = owners[gfid] {
        others.insert(owner)
      } else {
        beginners.insert(take(gfid, request, main))
      }
    }
    if item.movesOthers { others = Set(lanes.indices) }
    let meetings = others.union(beginners).subtracting([main]).sorted().map { other in
      let meeting = Meeting(arrival: others.contains(other) ? Semaphore() : nil)
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
    let lane = leastLoaded
    owners[place] = lane
    return lane
  }

  private var leastLoaded: Int { loads.indices.min { loads[$0] < loads[$1] } ?? 0 }

  /// Gives an object that nobody has touched yet to the lane that touches it; a new directory
  /// to the one that has least to do, so that what is made in several is made at the same time.
  private mutating func take(_ gfid: GFID, _ request: Request, _ main: Int) -> Int {
    guard request.fop == .mkdir, gfid == request.requestedGFID else {
      owners[gfid] = main
      return main
    }
    let lane = leastLoaded
    owners[gfid] = lane
    // It is likely to be made for something.
    loads[lane] += Self.directoryLoad
    return lane
  }
}
