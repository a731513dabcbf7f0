/// Disks that a power loss may leave behind.
extension SimulatedDisk {
  /// What is there when only the process was killed: all that was written.
  public func afterKill() -> SimulatedDisk { rebuilt { count in count - 1 } }

  /// What is there after a power loss: of every sector, length and name that was not flushed,
  /// any of the versions that the disk may hold.
  public func afterCrash(random: inout some RandomNumberGenerator) -> SimulatedDisk {
    rebuilt { count in Int.random(in: 0..<count, using: &random) }
  }

  /// The worst cases that chance finds late: nothing that was not flushed is there.
  public func afterLosingAll() -> SimulatedDisk { rebuilt { _ in 0 } }

  /// All disks that a power loss may leave; nil if there are more than `limit`.
  public func allCrashStates(limit: Int) -> [SimulatedDisk]? {
    var counts: [Int] = []
    _ = rebuilt { count in
      counts.append(count)
      return 0
    }
    var total = 1
    for count in counts {
      total = total.multipliedReportingOverflow(by: count).partialValue
      if total > limit || total <= 0 { return nil }
    }
    return (0..<total).map { number in
      var rest = number
      return rebuilt { count in
        defer { rest /= count }
        return rest % count
      }
    }
  }

  private func rebuilt(_ choose: (Int) -> Int) -> SimulatedDisk {
    // A copy of the state; its nodes are made anew below.
    let old = stateCopy
    var new = State()
    new.directories = old.directories
    new.capacity = old.capacity
    new.clock = old.clock
    new.random = old.random &+ 1
    var names = old.durableNames
    // Changes of names are kept or lost each for itself, as a disk without a journal may.
    for change in old.changes where choose(2) == 1 {
      for (name, node) in change.names { names[name] = node }
    }
    var made: [ObjectIdentifier: Node] = [:]
    for (name, node) in names.sorted(by: { $0.key < $1.key }) {
      let key = ObjectIdentifier(node)
      let survivor = made[key] ?? Self.survivor(of: node, choose)
      made[key] = survivor
      new.names[name] = survivor
    }
    new.durableNames = new.names
    return SimulatedDisk(new)
  }

  private static func survivor(of node: Node, _ choose: (Int) -> Int) -> Node {
    let survivor = Node()
    survivor.sectors = node.sectors
    for (number, versions) in node.versions.sorted(by: { $0.key < $1.key }) {
      survivor.sectors[number] = versions[choose(versions.count)]
    }
    survivor.byteCount = node.byteCounts[choose(node.byteCounts.count)]
    survivor.byteCounts = [survivor.byteCount]
    // Bytes behind the end are gone for good.
    for number in survivor.sectors.keys where (number + 1) * 512 > survivor.byteCount {
      let kept = survivor.byteCount - number * 512
      guard kept > 0, var sector = survivor.sectors[number] else {
        survivor.sectors[number] = nil
        continue
      }
      for index in kept..<512 { sector[index] = 0 }
      survivor.sectors[number] = sector
    }
    return survivor
  }
}
