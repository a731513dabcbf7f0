import Glibc

/// The tool's own directory in a brick, `.glusterfs/jbr`, where objects are made before they get
/// a name, and where it is written down what a crash would leave half-done. See
/// docs/brick-scratch.md.
struct Scratch {
  static let name = [UInt8]("jbr".utf8)
  /// What appends and sums come to; see `AbsoluteResults`.
  static let results = [UInt8]("results".utf8)
  /// How the names below begin; those of a twin end in a dot and its number.
  private static let words = (new: "new", moving: "moving", handle: "handle")

  let directory: Descriptor
  /// The object that is being made.
  let new: [UInt8]
  /// A symlink that leads nowhere; its target names a directory that is being moved, and where to.
  let moving: [UInt8]
  /// A handle that is about to replace another.
  let handle: [UInt8]

  /// `number` is the twin's; 0 for the brick itself.
  init(_ directory: Descriptor, number: Int) {
    self.init(directory, suffix: number == 0 ? "" : ".\(number)")
  }

  private init(_ directory: Descriptor, suffix: String) {
    self.directory = directory
    new = [UInt8]((Self.words.new + suffix).utf8)
    moving = [UInt8]((Self.words.moving + suffix).utf8)
    handle = [UInt8]((Self.words.handle + suffix).utf8)
  }

  /// Everything that a crash may have left, of the brick itself and of twins.
  func leftovers() throws(BrickError) -> [Scratch] {
    var suffixes: Set<String> = []
    for name in try directory.names() {
      let text = String(decoding: name, as: UTF8.self)
      for word in [Self.words.new, Self.words.moving, Self.words.handle]
      where text.hasPrefix(word) {
        suffixes.insert(String(text.dropFirst(word.count)))
      }
    }
    return suffixes.sorted().map { Scratch(directory, suffix: $0) }
  }

  func remove(_ name: [UInt8]) throws(BrickError) {
    do throws(BrickError) {
      try directory.unlink(name)
    } catch  where error.errno == EISDIR {
      try directory.removeDirectory(name)
    } catch  where error.errno == ENOENT {}
  }
}

extension NativeBrick {
  /// Opens the tool's own directory; the first time, it finishes or takes back what a crash
  /// left half-done.
  func openScratch() throws(BrickError) -> Scratch {
    if let scratch { return scratch }
    let opened = Scratch(try hidden.directory(Scratch.name), number: number)
    // Twins may be at work meanwhile, so that one of them looks after its own only.
    for left in number == 0 && !hasOpenMove ? try opened.leftovers() : [opened] {
      try takeBackNew(left)
      try finishMove(left)
      try left.remove(left.handle)
    }
    hasOpenMove = false
    scratch = opened
    return opened
  }

  /// An object that never got its name goes, and so does its handle.
  private func takeBackNew(_ scratch: Scratch) throws(BrickError) {
    guard let left = try scratch.directory.status(scratch.new) else { return }
    if let gfid = try scratch.directory.gfid(of: scratch.new),
      let handles = try handleDirectory(gfid, making: false),
      let handle = try handles.status(gfid.description.utf8)
    {
      let isSame = handle.st_ino == left.st_ino && handle.st_dev == left.st_dev
      let isDirectory = left.st_mode & S_IFMT == S_IFDIR
      if isSame && handle.st_nlink == 2 {
        try handles.unlink(gfid.description.utf8)
      } else if isDirectory, try openDirectory(gfid) == nil {
        try handles.unlink(gfid.description.utf8)
      }
    }
    try scratch.remove(scratch.new)
  }

  /// Writes down that a directory moves, so that its handle can be made to follow.
  func announceMove(
    of gfid: GFID, to place: EntryName, _ scratch: Scratch
  ) throws(BrickError) {
    let text = [UInt8](gfid.description.utf8) + [UInt8(ascii: " ")] + Layout.handleTarget(place)
    try scratch.directory.makeSymlink(scratch.moving, to: text)
  }

  /// A directory that has its new name, but not the handle for it, gets that.
  private func finishMove(_ scratch: Scratch) throws(BrickError) {
    guard try scratch.directory.status(scratch.moving) != nil else { return }
    let text = try scratch.directory.readLink(scratch.moving)
    if let gfid = GFID(String(decoding: text.prefix(36), as: UTF8.self)),
      let place = Layout.place(fromHandle: [UInt8](text.dropFirst(37))),
      let parent = try openDirectory(place.parent),
      try parent.descriptor.gfid(of: place.name) == gfid
    {
      try setHandle(ofDirectory: gfid, to: place, scratch)
    }
    try scratch.remove(scratch.moving)
  }

  /// Makes a directory's handle lead to a place, in one step.
  func setHandle(
    ofDirectory gfid: GFID, to place: EntryName, _ scratch: Scratch
  ) throws(BrickError) {
    try scratch.remove(scratch.handle)
    try scratch.directory.makeSymlink(scratch.handle, to: Layout.handleTarget(place))
    try scratch.directory.rename(
      scratch.handle, to: try handles(for: gfid), as: gfid.description.utf8, replacing: true)
  }
}
