import Synchronization

/// The machines that a command's paths are on: this one, and those that it connected to. One
/// connection for each host, started when it is needed first.
public final class Hosts: Sendable {
  /// What stands for ssh, and what is started there: words of a command line.
  struct Programs: Sendable {
    var shell: [String]
    var remote: String
    var seconds: Int
    /// Whether somebody may have to type a passphrase first, however long that takes.
    var isPatient = false
  }

  private let programs: Programs
  private let note: @Sendable (String) -> Void
  private let start: @Sendable (String) throws(Failure) -> RemoteStarter.Far
  private let requests = KnownBlocks<JournalRecord>()
  private let connections = Mutex<[String: RemoteConnection]>([:])

  /// Hosts that are reached as the environment says.
  ///
  /// `JBR_RSH` stands for `ssh`, words that are split at spaces; `JBR_REMOTE_PATH` is what is
  /// started there, as its shell takes it; `JBR_RSH_TIMEOUT` how many seconds of silence are
  /// a cut.
  ///
  /// `note` tells the user something.
  public convenience init(note: @escaping @Sendable (String) -> Void) throws(Failure) {
    var seconds = 60
    if let text = environmentValue("JBR_RSH_TIMEOUT") {
      guard let number = Int(text), (1...86_400).contains(number) else {
        throw Failure(.usage, "is no number of seconds from 1 to 86400", field: "JBR_RSH_TIMEOUT")
      }
      seconds = number
    }
    let shell = (environmentValue("JBR_RSH") ?? "ssh").split(separator: " ").map(String.init)
    guard !shell.isEmpty else { throw Failure(.usage, "names no program", field: "JBR_RSH") }
    let remote = environmentValue("JBR_REMOTE_PATH") ?? "jbr-reconcile"
    let programs = Programs(
      shell: shell, remote: remote, seconds: seconds, isPatient: standardErrorIsTerminal())
    self.init(programs, note: note) { host throws(Failure) in
      let child = try TalkingChild(programs.shell + [host, programs.remote, "serve"])
      return (child.stream, { child.end(milliseconds: 2000) })
    }
  }

  /// `start` gives the far end of a host.
  init(
    _ programs: Programs, note: @escaping @Sendable (String) -> Void,
    start: @escaping @Sendable (String) throws(Failure) -> RemoteStarter.Far
  ) {
    self.programs = programs
    self.note = note
    self.start = start
  }

  /// Ends what serves on other hosts.
  public func close() {
    for connection in connections.withLock({ $0 }).values { connection.close() }
  }

  /// - Throws: if a connection was lost, whatever was made of it since.
  public func requireWhole() throws(Failure) {
    for connection in connections.withLock({ $0 }).values { try connection.requireWhole() }
  }

  /// The bytes that went over all wires so far.
  var byteCounts: (sent: Int, received: Int) {
    connections.withLock { $0 }.values.reduce((0, 0)) { sum, connection in
      let counts = connection.byteCounts
      return (sum.0 + counts.sent, sum.1 + counts.received)
    }
  }

  private func connection(to path: RemotePath) -> RemoteConnection {
    connections.withLock { connections in
      if let known = connections[path.host] { return known }
      let (start, host) = (start, path.host)
      let new = RemoteConnection(
        RemoteStarter(
          host: host, seconds: programs.seconds, isPatient: programs.isPatient,
          start: { () throws(Failure) in try start(host) }, note: note))
      connections[host] = new
      return new
    }
  }

  private func files(of remote: RemotePath) -> RemoteFiles {
    RemoteFiles(connection: connection(to: remote), prefix: remote.prefix)
  }
}

extension RemoteStarter {
  /// The stream to a far end, and what tells how it ended once it did.
  typealias Far = (stream: DescriptorStream, end: @Sendable () -> Int32)
}

extension Hosts {
  /// Where the files are that a path names.
  public func files(of path: String) throws(Failure) -> any FilePlace {
    guard let remote = try RemotePath(parsing: path) else { return SystemFiles() }
    return files(of: remote)
  }

  /// The files of a journal.
  public func journal(_ path: String) throws(Failure) -> JournalFiles {
    try JournalFiles.find(path, in: try files(of: path))
  }

  /// What journals were read with, of which others need not be asked again; nil where all of these
  /// paths are of this host.
  func known(for paths: [String]) throws(Failure) -> KnownBlocks<JournalRecord>? {
    try areNear(paths) ? nil : requests
  }

  /// Whether all of these paths are of this host.
  public func areNear(_ paths: [String]) throws(Failure) -> Bool {
    for path in paths where try RemotePath(parsing: path) != nil { return false }
    return true
  }

  /// Has something done for each of some paths, those of this host first: what these hold need not
  /// come from others.
  ///
  /// - Returns: the results, in the order of the paths.
  public func nearestFirst<Value>(
    _ paths: [String], _ body: (Int) throws(Failure) -> Value
  ) throws(Failure) -> [Value] {
    var near: [Int] = []
    var far: [Int] = []
    for (place, path) in paths.enumerated() {
      if try RemotePath(parsing: path) == nil { near.append(place) } else { far.append(place) }
    }
    var found: [Int: Value] = [:]
    for place in near + far { found[place] = try body(place) }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The disk that a jbr journal is on, and its directory there.
  public func disk(of path: String) throws(Failure) -> (any Disk, directory: String) {
    guard let remote = try RemotePath(parsing: path) else { return (SystemDisk(), path) }
    return (RemoteDisk(files(of: remote)), path)
  }

  /// A journal's file by its path; of a compressed data file the bytes that it was made of.
  public func journalFile(_ path: String) -> any ByteSource {
    guard let remote = (try? RemotePath(parsing: path)) ?? nil else {
      return JournalFileSource(path)
    }
    let file = files(of: remote).file(path)
    return JournalFileSource.isCompressed(path) ? file.decompressed : file
  }

  /// Opens a brick.
  public func brick(_ path: String) throws(Failure) -> any BrickStore {
    guard let remote = try RemotePath(parsing: path) else { return try NativeBrick(path: path) }
    return try RemoteBrick(remote.path, connection(to: remote), prefix: remote.prefix)
  }

  /// Keeps other tools of this kit out of a brick for as long as the answer and its host's
  /// connection live.
  public func lock(_ path: String) throws(Failure) -> any AnyObject & Sendable {
    guard let remote = try RemotePath(parsing: path) else { return try File.locking(path) }
    let connection = connection(to: remote)
    let _: WireNothing = try files(of: remote).ask(.lock(remote.path))
    return connection
  }

  /// Finds a process that uses a brick or a journal on whichever host it is.
  public func processUsing(
    _ paths: [String]
  ) throws(Failure) -> (process: Int32, path: String)? {
    var near: [String] = []
    var far: [String: (place: RemoteFiles, paths: [String])] = [:]
    for path in paths {
      guard let remote = try RemotePath(parsing: path) else {
        near.append(path)
        continue
      }
      far[remote.prefix, default: (files(of: remote), [])].paths.append(remote.path)
    }
    if let found = JBRCore.processUsing(near) { return found }
    for (prefix, (place, paths)) in far.sorted(by: { $0.key < $1.key }) {
      let found: WirePair<Int32, String>? = try place.ask(.processUsing(paths))
      if let found { return (found.first, prefix + found.second) }
    }
    return nil
  }
}
