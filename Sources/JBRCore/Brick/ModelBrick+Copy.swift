extension ModelBrick {
  /// A brick of which everything is known: that nothing is in it.
  package static func empty() -> ModelBrick {
    let brick = ModelBrick()
    brick.objects[.root]?.maker = RequestID(term: Term(0), index: 0)
    return brick
  }

  /// A brick that holds the same, and changes by itself.
  package func copy() -> ModelBrick {
    let other = ModelBrick(base: base, isBaseWhole: isBaseWhole)
    other.writer = writer
    other.objects = objects
    other.names = names
    other.removed = removed
    other.children = children
    return other
  }
}
