/// A client graph through which one brick is reached, as `jbr-volgen recon` writes it.
public struct GlusterGraph: Sendable {
  /// As the user named it.
  public let path: String
  /// The graph in its canonical layout. GlusterFS gets this, and not the file: its parser runs
  /// commands that stand between backticks, and what was checked is what it reads.
  let text: String
  /// Where the connection goes to, for messages and for the record of results.
  public let address: String
  /// The Unix socket of a brick on this machine.
  let socket: String?
  /// The graph of the private server that listens on that socket, if it lies beside this one.
  public let server: GlusterServerGraph?

  /// Reads a client graph, and looks for the graph of its private server.
  ///
  /// - Throws: `damaged` for what GlusterFS refuses, or would make another graph of, and for a
  ///   graph that does not lead to one brick.
  public init(path: String) throws(Failure) {
    self.path = path
    let graph = try Self.read(path)
    guard graph.volumes.last?.type.text == "features/gfid-access" else {
      throw Failure(
        .damaged,
        "its last volume must be features/gfid-access, through which objects are made with "
          + "chosen GFIDs; jbr-volgen recon writes such graphs", path: path)
    }
    let connections = graph.volumes.filter { $0.type.text == "protocol/client" }
    guard let connection = connections.first, connections.count == 1 else {
      throw Failure(
        .damaged,
        "has \(connections.count) protocol/client, and must have one: requests go to "
          + "one brick", path: path)
    }
    if let inside = graph.volumes.first(where: { $0.type.text.hasPrefix("storage/") }) {
      throw Failure(
        .damaged,
        "has \(inside.type.text) itself, with which GlusterFS' client library crashes; "
          + "name the brick's directory instead of --volfile", path: path)
    }
    text = try graph.volfile()
    socket = connection.value(of: "transport.socket.connect-path")
    guard let host = connection.value(of: "remote-host") else {
      throw Failure(
        .damaged, "is missing, and without it GlusterFS waits for ever", path: path,
        field: "option remote-host of \(connection.name.text)")
    }
    let subvolume = connection.value(of: "remote-subvolume") ?? ""
    let port = connection.value(of: "remote-port").map { ":" + $0 } ?? ""
    address = "\(socket ?? host + port), \(subvolume)"
    server = try socket.flatMap { socket throws(Failure) in
      try GlusterServerGraph(beside: path, socket: socket, subvolume: subvolume)
    }
  }

  /// Reads a volfile in which nothing is wrong.
  static func read(_ path: String) throws(Failure) -> VolumeGraph {
    let parsed = ParsedVolfile(try readSmallFile(path, limit: ParsedVolfile.byteCountMax))
    if let finding = parsed.check().first(where: { $0.severity == .error }) {
      throw Failure(
        .damaged, finding.message, path: path,
        at: finding.position.map { .position(line: $0.line, column: $0.column) })
    }
    return parsed.graph
  }
}

/// The graph of a private server of one brick on this machine.
public struct GlusterServerGraph: Sendable {
  let path: String
  let text: String
  let socket: String
  /// The brick's directory.
  public let brick: String
  /// What `trusted.glusterfs.volume-id` of the brick's root must be, if the graph asks for it.
  let volumeID: GFID?

  /// `NAME-brick.vol` beside `NAME-client.vol`, if that serves the volume on the socket; nil if
  /// there is none.
  init?(beside client: String, socket: String, subvolume: String) throws(Failure) {
    let suffix = "-client.vol"
    guard client.hasSuffix(suffix) else { return nil }
    path = client.dropLast(suffix.count) + "-brick.vol"
    guard exists(path) else { return nil }
    let graph = try GlusterGraph.read(path)
    guard let top = graph.volumes.last, top.type.text == "protocol/server",
      top.value(of: "transport.socket.listen-path") == socket,
      top.subvolumes.contains(Word(subvolume))
    else { return nil }
    let stores = graph.volumes.filter { $0.type.text == "storage/posix" }
    guard let store = stores.first, stores.count == 1, let directory = store.value(of: "directory")
    else {
      throw Failure(.damaged, "must have one storage/posix with a directory", path: path)
    }
    brick = directory
    volumeID = store.value(of: "volume-id").flatMap { GFID($0.lowercased()) }
    text = try graph.volfile()
    self.socket = socket
  }
}
