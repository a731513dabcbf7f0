import Glibc

/// Finds a process that uses a brick or a journal: one that has something at or below one of the
/// paths open, mapped, or as its working directory.
///
/// Reads /proc, so it sees the processes that the caller may look at; root sees all.
/// - Returns: the process' number and the path that it uses; nil if there is none.
public func processUsing(_ paths: [String]) -> (process: Int32, path: String)? {
  let targets = paths.compactMap(pathBehindLinks)
  guard !targets.isEmpty, let processes = try? directoryNames("/proc") else { return nil }
  for name in processes {
    guard let process = Int32(name), process != getpid() else { continue }
    if let path = pathInUse(by: process, of: targets) { return (process, path) }
  }
  return nil
}

private func pathInUse(by process: Int32, of targets: [String]) -> String? {
  func isTarget(_ path: Substring) -> Bool {
    targets.contains { path == $0 || path.hasPrefix($0 + "/") }
  }
  if let path = linkTarget("/proc/\(process)/cwd"), isTarget(path[...]) { return path }
  for descriptor in (try? directoryNames("/proc/\(process)/fd")) ?? [] {
    if let path = linkTarget("/proc/\(process)/fd/\(descriptor)"), isTarget(path[...]) {
      return path
    }
  }
  guard let maps = try? File("/proc/\(process)/maps").readAll() else { return nil }
  for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
    guard let slash = line.firstIndex(of: "/"), isTarget(line[slash...]) else { continue }
    return String(line[slash...])
  }
  return nil
}

/// The absolute path behind all symlinks; nil if there is nothing.
func pathBehindLinks(_ path: String) -> String? {
  guard let text = unsafe realpath(systemPath(path), nil) else { return nil }
  defer { unsafe free(text) }
  return unsafe pathText(text)
}

private func linkTarget(_ path: String) -> String? {
  var buffer = [CChar](repeating: 0, count: 4096)
  let count = unsafe readlink(systemPath(path), &buffer, buffer.count)
  guard count > 0 else { return nil }
  return String(exactly: buffer[..<count].map { UInt8(bitPattern: $0) })
}

extension File {
  /// Reads a file of /proc, whose length is not known before.
  func readAll() throws(Failure) -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let block = try read(at: all.count, count: 1 << 16)
      if block.isEmpty { return all }
      all += block
    }
  }
}
