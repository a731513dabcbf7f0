/// What a comment at the head of a recon graph says that it reaches.
///
/// Each replica has one, made of words as volfiles have them:
/// `# jbr-volgen recon: replica NAME [brick PATH] at HOST:PORT|unix:SOCKET [plan ID]`.
public struct ReconPromise: Equatable, Sendable {
  static let prefix = "jbr-volgen recon"

  public var replica: String
  /// Nil where the source of a client's graph did not know it.
  public var brick: String?
  /// Where the replica's server is found.
  public var server: String
  public var plan: String?

  public init(replica: String, brick: String?, server: String, plan: String?) {
    self.replica = replica
    self.brick = brick
    self.server = server
    self.plan = plan
  }

  /// What is wrong with a comment that should be a promise.
  enum Trouble: Error, Equatable {
    /// It is another comment.
    case other
    case unreadable(String)
  }

  /// Reads a comment's text.
  ///
  /// One that begins nearly as a promise is taken for a broken one: what was promised must not be
  /// forgotten because of a slip of the pen.
  init(comment: String) throws(Trouble) {
    let words = comment.split(maxSplits: 2, whereSeparator: \.isWhitespace)
    guard words.count > 1, words[0].lowercased() == "jbr-volgen",
      words[1].lowercased().split(separator: ":", omittingEmptySubsequences: false)[0] == "recon"
    else { throw .other }
    guard words[0] == "jbr-volgen", words[1] == "recon:",
      let colon = comment.firstIndex(of: ":")
    else { throw .unreadable("it should begin with 'jbr-volgen recon: replica'") }
    let values = try Self.values(String(comment[comment.index(after: colon)...]))
    guard let replica = values["replica"] else { throw .unreadable("it names no replica") }
    guard let server = values["at"] else {
      throw .unreadable("it does not say 'at' which HOST:PORT or unix:SOCKET the replica is")
    }
    self.init(replica: replica, brick: values["brick"], server: server, plan: values["plan"])
  }

  private static func values(_ text: String) throws(Trouble) -> [String: String] {
    var lexer = VolfileLexer(text.exactBytes)
    var values: [String: String] = [:]
    var rest = ["replica", "brick", "at", "plan"][...]
    var token = lexer.next()
    while token.kind != .end {
      guard case .word(let key) = token.kind, let index = rest.firstIndex(of: key) else {
        throw .unreadable("it should not have \(token.description)")
      }
      guard case .word(let value) = lexer.next().kind, !value.isEmpty else {
        throw .unreadable("there is no value behind \(quoted(key))")
      }
      values[key] = value
      rest = rest[(index + 1)...]
      token = lexer.next()
    }
    if let finding = lexer.findings.first { throw .unreadable(finding.message) }
    return values
  }

  /// The comment's text; reading it gives the same promise.
  public var comment: String {
    var words = ["replica", replica]
    if let brick { words += ["brick", brick] }
    words += ["at", server]
    if let plan { words += ["plan", plan] }
    return " \(Self.prefix): " + words.map { VolfilePrinter.spelled($0) }.joined(separator: " ")
  }
}

extension VolumeGraph {
  /// The promises of a recon graph; none in any other graph.
  public var reconPromises: [ReconPromise] { reconHead.promises }

  /// The promises, and what is wrong with others.
  private var reconHead: (promises: [ReconPromise], findings: [VolfileFinding]) {
    var promises: [ReconPromise] = []
    var findings: [VolfileFinding] = []
    var replicas: Set<ExactText> = []
    func complain(_ comment: String, _ why: String) {
      findings.append(
        VolfileFinding(
          .reconReach, at: nil,
          "the comment \(quoted(comment)) should say what a recon graph reaches, and cannot be "
            + "read: \(why); 'jbr-volgen recon' makes the graph anew"))
    }
    for (comment, isHead) in comments {
      do throws(ReconPromise.Trouble) {
        let promise = try ReconPromise(comment: comment)
        if !isHead {
          complain(comment, "it does not stand at the head of the file")
        } else if !replicas.insert(ExactText(promise.replica)).inserted {
          complain(comment, "there is another one of the replica \(quoted(promise.replica))")
        } else {
          promises.append(promise)
        }
      } catch {
        if case .unreadable(let why) = error { complain(comment, why) }
      }
    }
    return (promises, findings)
  }

  /// All comments, and whether they stand at the head of the file. Without an empty line behind
  /// them those are the first volume's.
  private var comments: [(text: String, isHead: Bool)] {
    var all = header.map { ($0, true) }
    for (index, volume) in volumes.enumerated() {
      all += volume.comments.map { ($0, index == 0) }
      all += volume.options.flatMap(\.comments).map { ($0, false) }
      all += (volume.subvolumesComments + volume.endComments).map { ($0, false) }
    }
    return all + footer.map { ($0, false) }
  }

  /// Whatever a recon graph reaches beyond the replicas that its head names.
  func reconReach(_ local: any LocalPaths) -> [VolfileFinding] {
    let (promises, troubles) = reconHead
    guard !promises.isEmpty else { return troubles }
    let finder = PathPlaces(local)
    let places = Set(promises.compactMap { $0.brick.flatMap(finder.find)?.key })
    var findings = troubles
    for (volume, directory) in bricks {
      let place = finder.find(directory)
      if let place, places.contains(place.key) { continue }
      findings.append(Self.beyond(volume, "directory", "the brick \(quoted(directory))", promises))
    }
    var servers: [ExactText: [ServerAddress]] = [:]
    for promise in promises {
      let server = ServerAddress(promise.server, finder)
      for name in Set([promise.replica, promise.brick ?? promise.replica].map(ExactText.init)) {
        servers[name, default: []].append(server)
      }
    }
    for (volume, address) in connections(finder) {
      if servers[address.subvolume]?.contains(address.server) == true { continue }
      findings.append(
        Self.beyond(volume, "remote-subvolume", quoted(address.spelled), promises))
    }
    return findings + journaled(promises)
  }

  /// Translators that would write what is replayed into a journal, or send it to peers.
  private func journaled(_ promises: [ReconPromise]) -> [VolfileFinding] {
    volumes.filter { $0.type.text.hasPrefix("experimental/") }.map { volume in
      let path = volume.value(of: "log-path").map { " at \(quoted($0))" } ?? ""
      let what = volume.type.text == "experimental/fdl" ? "a journal\(path)" : "the replica's peers"
      return Self.beyond(volume, nil, "\(what) through \(volume.type.text)", promises)
    }
  }

  private static func beyond(
    _ volume: Volume, _ key: String?, _ what: String, _ promises: [ReconPromise]
  ) -> VolfileFinding {
    let shownCountMax = 8
    var names = promises.prefix(shownCountMax).map { promise in
      "\(promise.replica) of \(promise.server)" + (promise.brick.map { " (\($0))" } ?? "")
    }
    if promises.count > names.count { names.append("…") }
    let option = key.flatMap { key in volume.options.last { $0.key.text == key } }
    return VolfileFinding(
      .reconReach, at: option?.value.position ?? volume.type.position, volume: volume.name.text,
      "reaches \(what), and the graph's head names only \(quoted(names.joined(separator: ", ")))")
  }
}
