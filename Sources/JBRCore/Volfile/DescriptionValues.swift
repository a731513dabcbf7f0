// Single values of a description, each tested before it may stand in a graph.

private let nameByteCountMax = 255

func requirePresent<Value>(_ value: Value?, _ key: String) throws(DescriptionProblem) -> Value {
  guard let value else { throw DescriptionProblem(key, "is missing") }
  return value
}

func requireThat(
  _ condition: Bool, _ key: String, _ message: @autoclosure () -> String
) throws(DescriptionProblem) {
  guard condition else { throw DescriptionProblem(key, message()) }
}

/// No characters that a volfile cannot hold, or that make a line of it unreadable.
func requirePlain(_ text: String, _ key: String) throws(DescriptionProblem) {
  for scalar in text.unicodeScalars {
    try requireThat(scalar != "`", key, "has a backtick, which GlusterFS would run as a command")
    try requireThat(
      scalar.value >= 32 && scalar.value != 127, key,
      "has a control character, U+\(hexadecimal(scalar.value)), which no volfile should hold")
  }
}

private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

/// A name that volumes, options and files can carry.
func requireName(_ text: String, _ key: String) throws(DescriptionProblem) {
  try requireThat(!text.isEmpty, key, "is empty")
  try requireThat(
    text.utf8.count <= nameByteCountMax, key, "has more than \(nameByteCountMax) bytes")
  let isPlain = text.unicodeScalars.allSatisfy { scalar in
    scalar.isASCII
      && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "-_.".unicodeScalars.contains(scalar))
  }
  try requireThat(isPlain, key, "\(quoted(text)) has other than letters, digits, '-', '_' and '.'")
  try requireThat(
    text.first != "." && text.first != "-", key, "\(quoted(text)) begins with '.' or '-'")
}

func checkedPort(_ port: Int, _ key: String) throws(DescriptionProblem) -> Int {
  try requireThat((1...65535).contains(port), key, "is not from 1 to 65535")
  return port
}

func checkedHost(_ text: String, _ key: String) throws(DescriptionProblem) -> String {
  let isPlain = text.unicodeScalars.allSatisfy { scalar in
    scalar.isASCII
      && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "-_.:%".unicodeScalars.contains(scalar))
  }
  try requireThat(
    !text.isEmpty && text.utf8.count <= nameByteCountMax && isPlain, key,
    "\(quoted(text)) is not a host name or an address")
  return text
}

/// An absolute path, brought into one spelling so that equal ones are seen as equal.
func checkedPath(_ text: String, _ key: String) throws(DescriptionProblem) -> String {
  try requirePlain(text, key)
  try requireThat(text.isAbsolutePath, key, "\(quoted(text)) is not an absolute path")
  let components = text.pathNames.filter { $0 != "." }
  try requireThat(!components.contains(".."), key, "\(quoted(text)) goes through '..'")
  try requireThat(!components.isEmpty, key, "is the root directory")
  return "/" + components.joined(separator: "/")
}

func checkedUUID(_ text: String, _ key: String) throws(DescriptionProblem) -> String {
  guard let identity = UniqueID(text) else {
    throw DescriptionProblem(key, "\(quoted(text)) is not a UUID")
  }
  return identity.description
}
