/// Consecutive requests that can be executed side by side: in chains, of which each works on an
/// object of its own, and in order within a chain.
struct ReplayWindow {
  /// How many requests are in one window at most: the threads wait for each other at its end.
  static let countMax = 4096

  let range: Range<Int>
  /// Positions.
  private(set) var chains: [[Int]]
  /// The names at which objects are made, with the GFIDs that they are to have.
  let made: [(name: EntryName, gfid: GFID)]

  /// Takes as many requests from `start` on as are independent of each other, but one at least.
  init(from start: Int, below end: Int, of plan: ReplayPlan) {
    var chains: [[Int]] = []
    var chainOf: [GFID: Int] = [:]
    var directories: Set<GFID> = []
    var names: Set<EntryName> = []
    var made: [(name: EntryName, gfid: GFID)] = []
    var position = start
    while position < min(end, start + Self.countMax) {
      guard let use = plan.items[position].request.request.singleUse else { break }
      // A directory's own attributes must not change while names are added to it.
      if directories.contains(use.object) { break }
      if let name = use.name {
        guard chainOf[name.parent] == nil, names.insert(name).inserted else { break }
        directories.insert(name.parent)
        made.append((name, use.object))
      }
      if let chain = chainOf[use.object] {
        chains[chain].append(position)
      } else {
        chainOf[use.object] = chains.count
        chains.append([position])
      }
      position += 1
    }
    // One that uses several objects: after all before it, and before all behind it.
    range = start..<max(position, start + 1)
    self.chains = position > start ? chains : [[start]]
    self.made = made
  }

  /// Makes it one chain of all.
  mutating func takeInOrder() { chains = [[Int](range)] }
}

extension Request {
  /// The one object that the request uses, and the one name at which it makes it; nil for a
  /// request that uses others too, as all do that move or remove names.
  fileprivate var singleUse: (object: GFID, name: EntryName?)? {
    switch fop {
    case .create, .mknod, .symlink:
      guard let gfid = requestedGFID, gfid != .null, let loc = loc(.loc), let name = loc.name
      else { return nil }
      return (gfid, EntryName(parent: loc.parent, name: name))
    case .writev, .truncate, .ftruncate, .fallocate, .discard, .zerofill, .setattr, .fsetattr,
      .setxattr, .fsetxattr, .removexattr, .fremovexattr, .xattrop, .fxattrop:
      return target == .null ? nil : (target, nil)
    // A new directory is soon used by others.
    case .mkdir, .link, .rename, .unlink, .rmdir, .ipc: return nil
    }
  }
}
