/// What the installed GlusterFS made of a volfile.
public struct GlusterVerdict: Sendable {
  public let version: String
  /// Whether it read a graph, and its translators take all options.
  public var isAccepted: Bool { volumes != nil && complaints.isEmpty }
  /// What it wrote into its log as errors; it may have gone on behind them.
  public let reasons: [String]
  /// The graph that it made, in the file's order; nil if it made none.
  let volumes: [GlusterVolume]?

  init(_ reply: inout GlusterReply) throws(Failure) {
    version = try reply.version()
    reasons = try reply.texts()
    guard try reply.next() == "built" else {
      volumes = nil
      return
    }
    var found: [GlusterVolume] = []
    while !reply.isAtEnd {
      var volume = GlusterVolume()
      volume.name = try reply.next()
      volume.type = try reply.next()
      let complaint = try reply.next()
      volume.complaint = complaint.isEmpty ? nil : complaint
      volume.subvolumes = try reply.texts()
      for _ in 0..<(try reply.count()) {
        volume.options.append(GlusterOption(key: try reply.next(), value: try reply.next()))
      }
      found.append(volume)
    }
    // Its list begins at the top.
    volumes = found.reversed()
  }

  /// How many volumes its graph has; nil if it made none.
  public var volumeCount: Int? { volumes?.count }

  /// Where its graph begins.
  public var top: String? { volumes?.last?.name }

  private var complaints: [GlusterVolume] { (volumes ?? []).filter { $0.complaint != nil } }

  /// Where GlusterFS sees another graph than we do, or refuses what we found nothing wrong with.
  public func findings(_ parsed: ParsedVolfile, besides known: [VolfileFinding]) -> [VolfileFinding]
  {
    let isRefusedHere = known.contains { $0.severity == .error }
    guard let volumes else {
      if isRefusedHere { return [] }
      let why = reasons.first.map { ": " + Failure.visible($0) } ?? ""
      return [VolfileFinding(.glusterfs, at: nil, "GlusterFS \(version) refuses the file\(why)")]
    }
    let complained = complaints.compactMap { volume -> VolfileFinding? in
      let place = parsed.graph.volumes.first { $0.name == Word(volume.name) }?.name.position
      let isKnown = known.contains { $0.volume == volume.name && $0.rule == .invalidValue }
      guard !isKnown, let complaint = volume.complaint else { return nil }
      return VolfileFinding(
        .glusterfs, at: place, volume: volume.name,
        "GlusterFS \(version) refuses an option: \(Failure.visible(complaint))")
    }
    // What could not be read whole cannot be compared.
    guard parsed.brokenVolumes.isEmpty, !parsed.graph.volumes.isEmpty else { return complained }
    return complained + difference(parsed.graph, volumes)
  }

  /// The first volume that it read otherwise than we did.
  private func difference(_ graph: VolumeGraph, _ volumes: [GlusterVolume]) -> [VolfileFinding] {
    let expected = graph.asGlusterReadsIt
    for (index, volume) in expected.enumerated() {
      var found = index < volumes.count ? volumes[index] : GlusterVolume()
      found.complaint = nil
      if found == volume { continue }
      return [
        VolfileFinding(
          .glusterfs, at: graph.volumes[index].name.position, volume: volume.name,
          "GlusterFS \(version) reads this volume as another one than stands there")
      ]
    }
    guard volumes.count > expected.count else { return [] }
    return [
      VolfileFinding(
        .glusterfs, at: nil, "GlusterFS \(version) reads more volumes than stand there")
    ]
  }
}

extension VolumeGraph {
  /// The graph that GlusterFS builds, silently dropping what our findings name.
  var asGlusterReadsIt: [GlusterVolume] {
    var seen: Set<Word> = []
    return volumes.map { volume in
      let options = volume.keptOptions.sorted { $0.key < $1.key }
      let children = volume.subvolumes.filter(seen.contains)
      seen.insert(volume.name)
      return GlusterVolume(
        name: volume.name.text, type: volume.type.text,
        options: options.map { GlusterOption(key: $0.key.text, value: $0.value.text) },
        subvolumes: children.map(\.text))
    }
  }
}
