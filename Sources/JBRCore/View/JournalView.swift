/// A replica's tree as a user sees it: what the journal holds, laid over the brick.
///
/// Over a brick only those requests are laid that it may not have applied yet; without one the
/// view begins with nothing, and what the journal does not say is not known.
public final class JournalView {
  public let lookup: JournalLookup
  private let brick: NativeBrick?

  /// - Throws: a `usage` failure for a view of the past over a brick, which holds the present.
  public init(
    _ files: JournalFiles, brick: NativeBrick?, _ choice: ViewChoice = ViewChoice()
  ) throws(Failure) {
    guard brick == nil || choice.last == nil else {
      throw Failure(
        .usage, "cannot be laid over a brick, which holds what came later: leave --brick out",
        field: "--at")
    }
    lookup = try JournalLookup(files, choice)
    self.brick = brick
  }

  /// Whether a request is still missing on the brick, perhaps.
  private func isLaid(_ id: RequestID) -> Bool {
    guard brick != nil else { return true }
    return !lookup.isAppliedAtOnce && lookup.state(id) != .committed
  }

  private func names() -> NameResolution { NameResolution(lookup, brick, isLaid: isLaid) }

  /// The object at a path; nil if the name is free.
  ///
  /// `components`: from the brick's root down.
  public func object(at components: [[UInt8]]) throws(Failure) -> GFID? {
    let names = names()
    var current = GFID.root
    for component in components {
      let name = EntryName(parent: current, name: component[...])
      guard let next = try names.object(name, before: nil) else { return nil }
      current = next.gfid
    }
    return current
  }

  /// A file's content in a range, laid out of the journal's requests.
  ///
  /// - Throws: `refused` for an append of which nobody knows whether the brick has it.
  public func file(_ gfid: GFID, _ range: Range<Int64>) throws(Failure) -> FileView {
    let changes = try changes(of: gfid, range, names()).filter { isLaid($0.id) }
    if brick != nil {
      for change in changes {
        guard case .request(let record) = change.kind, record.request.isAppend,
          lookup.state(record.id) != .uncommitted
        else { continue }
        throw Failure(
          .refused, "request \(record.id) appends, and whether the brick has it is not known",
          path: lookup.files.path)
      }
    }
    let model = Self.fold(gfid, changes, base: brick)
    model.takeGrowthForSize(of: gfid)
    return FileView(gfid: gfid, model: model)
  }

  private struct DataChange {
    enum Kind {
      case request(JournalRecord)
      /// An open of the file by its name has cut it.
      case cut
    }
    var id: RequestID
    var kind: Kind
  }

  private func changes(
    of gfid: GFID, _ range: Range<Int64>, _ names: NameResolution
  ) throws(Failure) -> [DataChange] {
    let cuts = try names.cuts(of: gfid)
    // Which writes made it longer since is known only of cuts that name the file.
    let records = try lookup.requests(of: gfid, touching: cuts.isEmpty ? range : nil)
    let changes = records.map { DataChange(id: $0.id, kind: .request($0)) }
    return (changes + cuts.map { DataChange(id: $0, kind: .cut) }).sorted { $0.id < $1.id }
  }

  private static func fold(
    _ gfid: GFID, _ changes: [DataChange], base: (any BrickStore)?
  ) -> ModelBrick {
    let model = ModelBrick(base: base)
    for change in changes {
      model.writer = change.id
      // What the file system refuses changes nothing.
      guard case .request(let record) = change.kind else {
        try? model.truncate(gfid, to: 0)
        continue
      }
      if record.request.requestedGFID == gfid {
        model.begin(gfid)
        continue
      }
      // A brick says itself what was there before, and how long it was.
      if base == nil { model.assumeWhatIsNamed(by: record.request) }
      try? FopSemantics.apply(record.request, payload: record.payload, to: model)
    }
    return model
  }

  /// Who wrote what of a file's range last, brick or not: stretches in order.
  public func writers(
    of gfid: GFID, _ range: Range<Int64>
  ) throws(Failure) -> [WrittenStretch] {
    let changes = try changes(of: gfid, range, NameResolution(lookup, nil) { _ in true })
    let model = Self.fold(gfid, changes, base: nil)
    var writers: [RequestID: JournalRecord] = [:]
    for change in changes {
      if case .request(let record) = change.kind { writers[record.id] = record }
    }
    let view = try file(gfid, range)
    let size = try view.size() ?? 0
    let end = min(range.upperBound, size)
    guard range.lowerBound < end, let object = model.objects[gfid] else { return [] }
    var found: [WrittenStretch] = []
    var position = range.lowerBound
    for extent in object.data.within(range.lowerBound..<end) {
      if position < extent.range.lowerBound {
        found.append(WrittenStretch(range: position..<extent.range.lowerBound))
      }
      found.append(
        WrittenStretch(
          range: extent.range, id: extent.writer,
          writer: extent.writer.flatMap { writers[$0] }))
      position = extent.range.upperBound
    }
    if position < end { found.append(WrittenStretch(range: position..<end)) }
    return found
  }
}

/// A stretch of a file, and who wrote it.
public struct WrittenStretch: Sendable {
  public var range: Range<Int64>
  /// nil for what was there before the journal.
  public var id: RequestID?
  /// The request, where it names the file.
  public var writer: JournalRecord?
}

/// A file as of a view.
public struct FileView {
  public let gfid: GFID
  private let model: ModelBrick

  init(gfid: GFID, model: ModelBrick) {
    self.gfid = gfid
    self.model = model
  }

  /// Bytes; nil if there is no such file.
  public func size() throws(Failure) -> Int64? {
    do throws(BrickError) {
      guard let status = try model.status(gfid) else { return nil }
      guard status.type.mayBe(.file) else {
        throw BrickError(status.type == .directory ? EISDIR : EINVAL, "read")
      }
      return status.size
    } catch { throw Failure(error, path: "<gfid:\(gfid)>") }
  }

  /// What the size may be instead, as the fop's mode is not journaled.
  public var otherSizes: Set<Int64> {
    model.base == nil ? model.objects[gfid]?.otherSizes ?? [] : []
  }

  /// The first stretch of a range that was there before the journal, and that no brick shows;
  /// nil if all is known.
  public func unknown(in range: Range<Int64>) throws(Failure) -> Range<Int64>? {
    guard model.base == nil, let object = model.objects[gfid], object.maker == nil else {
      return nil
    }
    let end = min(range.upperBound, try size() ?? 0)
    var position = range.lowerBound
    for extent in object.data.within(range.lowerBound..<max(end, range.lowerBound)) {
      if position < extent.range.lowerBound { return position..<extent.range.lowerBound }
      position = extent.range.upperBound
    }
    return position < end ? position..<end : nil
  }

  /// Fewer bytes only at the file's end.
  public func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    do throws(BrickError) { return try model.read(gfid, at: offset, count: count) } catch {
      if let source = error.source { throw source }
      throw Failure(error, path: "<gfid:\(gfid)>")
    }
  }
}

extension ModelBrick {
  /// Takes a file to have been made, whatever its name; nothing if it is there.
  fileprivate func begin(_ gfid: GFID) {
    guard objects[gfid] == nil, (try? base?.status(gfid)) == nil else { return }
    var object = ModelObject(type: .file, maker: writer)
    object.size = Written(0, by: writer)
    object.data.insert(Extent(range: 0..<Int64.max, content: .zeros, writer: writer))
    objects[gfid] = object
  }

  /// Takes what a file has grown to at least for its size, where nothing else is known of it.
  fileprivate func takeGrowthForSize(of gfid: GFID) {
    guard let object = objects[gfid], object.size == nil, let grown = object.grown else { return }
    objects[gfid]?.size = grown
  }
}
