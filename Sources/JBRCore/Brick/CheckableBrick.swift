/// A brick that can tell beforehand whether it can be changed.
public protocol CheckableBrick: UndoableBrick {
  /// How much room there is left for what it is to hold.
  func room() throws(BrickError) -> FileSystemRoom
  /// Tries to write, as `make` does, and leaves nothing behind.
  func tryToChange() throws(BrickError)
}

extension NativeBrick: CheckableBrick {
  public func room() throws(BrickError) -> FileSystemRoom { try root.room() }

  public func tryToChange() throws(BrickError) {
    try hidden.tryMakingFile { file throws(SystemError) in
      // Writing content is one right, and giving objects their GFIDs another.
      try file.setXattr(Layout.gfidKey, GFID.root.bytes)
    }
  }
}
