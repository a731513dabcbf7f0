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

  /// The object at a path; nil if the name is free.
  ///
  /// `components`: from the brick's root down.
  public func object(at components: [[UInt8]]) throws(Failure) -> GFID? {
    var current = GFID.root
    for component in components {
      let name = EntryName(parent: current, name: component[...])
      guard let next = try object(name, before: nil) else { return nil }
      current = next
    }
    return current
  }

  private func object(_ name: EntryName, before end: RequestID?) throws(Failure) -> GFID? {
    var current: GFID?
    if let brick {
      do throws(BrickError) { current = try brick.entry(name)?.gfid } catch {
        throw Failure(error, path: brick.path)
      }
    }
    for change in try lookup.changes(of: name) where isLaid(change.id) {
      if let end, end <= change.id { break }
      switch change.kind {
      case .made(let gfid): current = current ?? gfid
      case .removed: current = nil
      case .moved(let gfid?, _): current = gfid
      case .moved(nil, let from): current = try object(from, before: change.id)
      }
    }
    return current
  }

  /// A file's content in a range, laid out of the journal's requests.
  ///
  /// - Throws: `refused` for an append of which nobody knows whether the brick has it.
  public func file(_ gfid: GFID, _ range: Range<Int64>) throws(Failure) -> FileView {
    var fold = Fold(base: brick)
    for record in try lookup.requests(of: gfid, touching: range) where isLaid(record.id) {
      if brick != nil, record.request.isAppend, lookup.state(record.id) != .uncommitted {
        throw Failure(
          .refused, "request \(record.id) appends, and whether the brick has it is not known",
          path: lookup.files.path)
      }
      fold.apply(FoldRequest(id: record.id, request: record.request, payload: record.payload))
    }
    fold.model.takeGrowthForSize(of: gfid)
    return FileView(gfid: gfid, model: fold.model)
  }

  /// Who wrote what of a file's range last, brick or not: stretches in order.
  public func writers(
    of gfid: GFID, _ range: Range<Int64>
  ) throws(Failure) -> [WrittenStretch] {
    var fold = Fold(base: nil)
    var writers: [RequestID: JournalRecord] = [:]
    for record in try lookup.requests(of: gfid, touching: range) {
      writers[record.id] = record
      fold.apply(FoldRequest(id: record.id, request: record.request, payload: record.payload))
    }
    let view = try file(gfid, range)
    let size = try view.size() ?? 0
    let end = min(range.upperBound, size)
    guard range.lowerBound < end, let object = fold.model.objects[gfid] else { return [] }
    var found: [WrittenStretch] = []
    var position = range.lowerBound
    for extent in object.data.within(range.lowerBound..<end) {
      if position < extent.range.lowerBound {
        found.append(WrittenStretch(range: position..<extent.range.lowerBound))
      }
      found.append(
        WrittenStretch(range: extent.range, writer: extent.writer.flatMap { writers[$0] }))
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
  /// Takes what a file has grown to at least for its size, where nothing else is known of it.
  fileprivate func takeGrowthForSize(of gfid: GFID) {
    guard let object = objects[gfid], object.size == nil, let grown = object.grown else { return }
    objects[gfid]?.size = grown
  }
}
