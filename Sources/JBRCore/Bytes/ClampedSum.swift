extension FixedWidthInteger {
  /// The sum of two numbers that are not negative, or the largest number.
  func addingClamped(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
