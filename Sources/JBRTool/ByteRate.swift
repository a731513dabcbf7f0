public import JBRCore

/// A number of bytes as people write it, with a unit of 1024, its square or its cube.
public func byteRate(_ text: String, option: String) throws(Failure) -> Int {
  let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
  let unit = text.last.flatMap { units[$0] }
  let digits = unit == nil ? text[...] : text.dropLast()
  guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits) else {
    throw Failure(.usage, "\"\(text)\" is not a number of bytes, as 500K or 10M", field: option)
  }
  let (count, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
  guard count > 0, !overflow else {
    throw Failure(.usage, "\"\(text)\" is no rate at which anything would end", field: option)
  }
  return count
}
