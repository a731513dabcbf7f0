/// How many objects or steps are told of at once; what they need is kept in memory meanwhile.
private let groupCount = 256

/// Goes through a list in groups, and tells of each group before it is gone through.
func withForesight<Element, Trouble: Error>(
  _ list: [Element], if isFar: Bool, _ foresee: (ArraySlice<Element>) -> Void,
  _ body: (Element) throws(Trouble) -> Void
) throws(Trouble) {
  for (position, element) in list.enumerated() {
    if isFar, position % groupCount == 0 { foresee(list[position...].prefix(groupCount)) }
    try body(element)
  }
}
