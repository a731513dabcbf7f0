/// A file of a simulated disk.
final class SimulatedFile: DiskFile {
  private static let sectorByteCount = 512
  private let disk: SimulatedDisk
  /// The name under which it was opened.
  let path: String
  /// What is open stays, whatever becomes of its name.
  private let node: SimulatedDisk.Node

  init(_ disk: SimulatedDisk, _ path: String, _ node: SimulatedDisk.Node) {
    self.disk = disk
    self.path = path
    self.node = node
  }

  private func node(_ state: inout SimulatedDisk.State) throws(Failure) -> SimulatedDisk.Node {
    guard !state.hasCrashed else { throw SimulatedDisk.crashed }
    return node
  }

  func byteCount() throws(Failure) -> Int {
    try disk.with { state throws(Failure) in try node(&state).byteCount }
  }

  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    try disk.with { state throws(Failure) in
      let node = try node(&state)
      let end = min(node.byteCount, offset + count)
      guard offset < end else { return [] }
      var bytes = [UInt8](repeating: 0, count: end - offset)
      // Most of a preallocated file has no sector: the few that are there are copied.
      for (number, sector) in node.sectors {
        let start = number * Self.sectorByteCount
        let from = max(start, offset)
        let to = min(start + Self.sectorByteCount, end)
        guard from < to else { continue }
        bytes.replaceSubrange(from - offset..<to - offset, with: sector[from - start..<to - start])
      }
      return bytes
    }
  }

  func nextData(from offset: Int) throws(Failure) -> Int? {
    try disk.with { state throws(Failure) in
      let node = try node(&state)
      let first = offset / Self.sectorByteCount
      guard let sector = node.sectors.keys.filter({ $0 >= first }).min() else { return nil }
      let found = max(offset, sector * Self.sectorByteCount)
      return found < node.byteCount ? found : nil
    }
  }

  func write(_ bytes: ByteView, at offset: Int) throws(Failure) {
    try disk.with { state throws(Failure) in
      try state.effect("write", path)
      let node = try node(&state)
      var position = offset
      var rest = bytes
      while !rest.isEmpty {
        let start = position % Self.sectorByteCount
        let part = rest.prefix(Self.sectorByteCount - start)
        let number = position / Self.sectorByteCount
        guard node.sectors[number] != nil || state.hasSpace else {
          throw Failure(.ioError, "cannot write: no space left", path: path, errno: noSpace)
        }
        rest = rest.dropFirst(part.count)
        position += part.count
        if state.capacity == .max, Self.isUntouched(number, node), part.isZero { continue }
        var sector = node.sectors[number] ?? [UInt8](repeating: 0, count: Self.sectorByteCount)
        sector.replaceSubrange(start..<start + part.count, with: part)
        Self.store(sector, number, node)
      }
      Self.setByteCount(max(node.byteCount, offset + bytes.count), node)
    }
  }

  /// Whether the sector is a hole, also after a crash. Zeros change nothing there, and logs grow by
  /// many of them: each is kept only where it takes space that may run out.
  private static func isUntouched(_ number: Int, _ node: SimulatedDisk.Node) -> Bool {
    node.sectors[number] == nil && node.versions[number] == nil
  }

  /// Keeps what the disk may still hold of the sector.
  private static func store(_ sector: [UInt8]?, _ number: Int, _ node: SimulatedDisk.Node) {
    node.versions[number, default: [node.sectors[number]]].append(sector)
    node.sectors[number] = sector
  }

  private static func setByteCount(_ count: Int, _ node: SimulatedDisk.Node) {
    guard count != node.byteCount else { return }
    node.byteCount = count
    node.byteCounts.append(count)
  }

  func allocate(to count: Int) throws(Failure) {
    try disk.with { state throws(Failure) in
      try state.effect("allocate", path)
      let node = try node(&state)
      guard count > node.byteCount else { return }
      guard
        state.capacity == .max
          || state.usedByteCount + count - node.byteCount <= state.capacity
      else {
        throw Failure(.ioError, "cannot allocate: no space left", path: path, errno: noSpace)
      }
      // Sectors that hold space and were never written read as zeros.
      for number in (node.byteCount + 511) / 512..<(count + 511) / 512
      where node.sectors[number] == nil && state.capacity != .max {
        node.sectors[number] = [UInt8](repeating: 0, count: Self.sectorByteCount)
      }
      Self.setByteCount(count, node)
    }
  }

  func truncate(to count: Int) throws(Failure) {
    try disk.with { state throws(Failure) in
      try state.effect("truncate", path)
      let node = try node(&state)
      if count < node.byteCount {
        for number in node.sectors.keys where (number + 1) * Self.sectorByteCount > count {
          let kept = count - number * Self.sectorByteCount
          guard kept > 0 else {
            Self.store(nil, number, node)
            continue
          }
          var sector = node.sectors[number] ?? []
          for index in kept..<Self.sectorByteCount { sector[index] = 0 }
          Self.store(sector, number, node)
        }
      }
      Self.setByteCount(count, node)
    }
  }

  func synchronize() throws(Failure) {
    try disk.with { state throws(Failure) in
      do throws(Failure) { try state.effect("flush", path) } catch {
        // The pages are clean now although nothing reached the disk (ATC'20).
        node.isPoisoned = true
        throw error
      }
      let node = try node(&state)
      guard !node.isPoisoned else { return }
      node.versions = [:]
      node.byteCounts = [node.byteCount]
    }
  }
}
