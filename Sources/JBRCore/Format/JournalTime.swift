extension JournalTime {
  private static let nanosecondsPerSecond: UInt32 = 1_000_000_000
  private static let secondsPerDay: Int64 = 86_400

  /// Whether a clock can show it: below 10⁹ nanoseconds.
  public var isClockTime: Bool { nanoseconds < Self.nanosecondsPerSecond }

  /// The seconds whose year has four digits, as RFC 3339 wants it.
  private static let shown: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

  /// RFC 3339 in UTC with all nine digits; nil where a clock cannot show it.
  public var text: String? {
    guard isClockTime, Self.shown.contains(seconds) else { return nil }
    let days = Self.floor(seconds, Self.secondsPerDay)
    let (year, month, day) = Self.date(ofDay: days)
    let time = seconds - days * Self.secondsPerDay
    func padded(_ value: some BinaryInteger, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    let clock = "\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
    return "\(date)T\(clock).\(padded(nanoseconds, 9))Z"
  }

  /// Parses what `text` writes, with any number of digits behind the point up to nine, or none.
  /// - Returns: nil for any other form.
  public init?(text: String) {
    let bytes = [UInt8](text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[range] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      return value
    }
    let marks: [(Int, Unicode.Scalar)] = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")]
    guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"),
      marks.allSatisfy({ bytes[$0.0] == UInt8(ascii: $0.1) }),
      let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      hour < 24, minute < 60, second < 60
    else { return nil }
    var fraction: Int64 = 0
    if bytes.count > 20 {
      let digits = 20..<bytes.count - 1
      guard bytes[19] == UInt8(ascii: "."), (1...9).contains(digits.count),
        let value = number(digits)
      else { return nil }
      fraction = (digits.count..<9).reduce(value) { shifted, _ in shifted * 10 }
    }
    let days = Self.day(year: year, month: month, day: day)
    guard Self.date(ofDay: days) == (year, month, day) else { return nil }
    let seconds = days * Self.secondsPerDay + hour * 3600 + minute * 60 + second
    self.init(seconds: seconds, nanoseconds: UInt32(fraction))
  }

  /// A time as a jbr journal holds it: nanoseconds since 1970.
  public init(sinceEpoch nanoseconds: Int64) {
    // Not rounded down at once: the lowest of all seconds is not whole, and overflows.
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    if rest >= 0 {
      self.init(seconds: seconds, nanoseconds: UInt32(rest))
    } else {
      self.init(seconds: seconds - 1, nanoseconds: UInt32(rest + 1_000_000_000))
    }
  }

  /// Nanoseconds since 1970; nil where 64 bits cannot hold them.
  public var sinceEpoch: Int64? {
    // Towards 0 first, so that the lowest second does not overflow on its way.
    let (towardsZero, rest) =
      seconds < 0
      ? (seconds + 1, Int64(nanoseconds) - 1_000_000_000) : (seconds, Int64(nanoseconds))
    let (whole, overflow) = towardsZero.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carried) = whole.addingReportingOverflow(rest)
    return overflow || carried ? nil : sum
  }

  /// Divides and rounds down, so that times before 1970 fall into the right day.
  private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
  }

  /// The Gregorian date of a day counted from 1970-01-01.
  ///
  /// Years are counted from March, so that the leap day is a year's last.
  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = floor(shifted, 146_097)
    let ofEra = shifted - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * ofYear + 2) / 153
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      ofYear - (153 * fromMarch + 2) / 5 + 1
    )
  }

  /// The day counted from 1970-01-01; for a date that does not exist, another date's.
  private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
    let fromMarch = month <= 2 ? year - 1 : year
    let era = floor(fromMarch, 400)
    let yearOfEra = fromMarch - era * 400
    let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let ofEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear
    return era * 146_097 + ofEra - 719_468
  }
}
