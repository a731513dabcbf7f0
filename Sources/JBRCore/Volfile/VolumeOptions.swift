/// A volume option's place in a graph.
struct VolumeOptionRow: Sendable {
  /// As `gluster volume set` spells it.
  var key: String
  /// The translator, and its option.
  var type: String
  var option: String
  /// What is written where the volume says nothing; nil writes nothing then.
  var standard: String?

  /// The rows of a translator, in the table's order.
  static func rows(of type: String) -> [VolumeOptionRow] { byType[type] ?? [] }

  /// Whether any translator takes a volume option by this table.
  static func knows(_ key: String) -> Bool { keys.contains(key) }

  private static let byType: [String: [VolumeOptionRow]] = {
    var rows: [String: [VolumeOptionRow]] = [:]
    for (type, text) in volumeOptionTable {
      rows[type, default: []] += text.split(whereSeparator: \.isWhitespace).map {
        VolumeOptionRow($0, of: type)
      }
    }
    return rows
  }()

  private static let keys = Set(byType.values.joined().map(\.key))

  private init(_ text: Substring, of type: String) {
    let parts = text.split(separator: "=", maxSplits: 1)
    let names = parts[0].split(separator: ">", maxSplits: 1)
    key = String(names[0])
    self.type = type
    option =
      names.count > 1
      ? String(names[1]) : String(key.drop { $0 != "." }.dropFirst())
    standard = parts.count > 1 ? String(parts[1]) : nil
  }
}

/// The options that were set for a volume, as `gluster volume info` lists them.
public struct VolumeOptions: Equatable, Sendable {
  public var values: [String: String] = [:]

  public init(_ values: [String: String] = [:]) { self.values = values }

  subscript(_ key: String) -> String? { values[key] }

  /// Whether a switch is on; GlusterFS spells that in five ways.
  func isOn(_ key: String, unless standard: Bool = false) -> Bool {
    guard let value = values[key] else { return standard }
    return ["on", "yes", "true", "enable", "1"].contains(value.lowercased())
  }

  /// What a volume of a translator gets: what was set, and, if asked for, what is always written.
  /// Of two keys for one option the table's last counts.
  func options(of type: String, withStandards: Bool) -> [VolumeStack.Option] {
    var options: [VolumeStack.Option] = []
    for row in VolumeOptionRow.rows(of: type) {
      guard let value = values[row.key] ?? (withStandards ? row.standard : nil) else { continue }
      options.removeAll { $0.key == row.option }
      options.append((row.option, value))
    }
    return options
  }

  /// The options that no graph of ours has a place for, in order.
  public var withoutPlace: [String] {
    values.keys.filter { key in
      !VolumeOptionRow.knows(key) && !Self.handled.contains(key) && !Self.aboutOthers(key)
    }.sorted()
  }

  /// What the generators look at themselves.
  private static let handled = Set<String>([
    "auth.allow", "auth.reject", "cluster.jbr", "cluster.jbr.quorum-percent",
    "config.brick-threads", "config.client-threads", "config.transport",
    "diagnostics.brick-log-level", "diagnostics.client-log-level", "features.bitrot",
    "features.ctime",
    "features.shard", "transport.address-family",
  ]).union(performanceSwitches.keys)

  /// What is for glusterd or another daemon, and stands in no graph of bricks or clients.
  private static func aboutOthers(_ key: String) -> Bool {
    key.hasPrefix("nfs.") || key.hasPrefix("performance.nfs.") || key.hasPrefix("ganesha.")
      || [
        "cluster.self-heal-daemon", "cluster.heal-timeout", "cluster.server-quorum-type",
        "cluster.server-quorum-ratio", "cluster.brick-multiplex",
      ].contains(key)
  }

  /// The switch of each performance translator of a client: its option, and whether it is on
  /// where nothing is said. The lowest first, as glusterd stacks them.
  static let performanceOrder: [(option: String, name: String, standard: Bool)] = [
    ("performance.write-behind", "write-behind", true),
    ("performance.read-ahead", "read-ahead", false),
    ("performance.readdir-ahead", "readdir-ahead", false),
    ("performance.io-cache", "io-cache", false),
    ("performance.open-behind", "open-behind", true),
    ("performance.quick-read", "quick-read", true),
    ("performance.nl-cache", "nl-cache", false),
    ("performance.stat-prefetch", "md-cache", true),
    ("performance.client-io-threads", "io-threads", true),
  ]

  private static let performanceSwitches = Dictionary(
    uniqueKeysWithValues: performanceOrder.map { ($0.option, $0.name) })
}

/// The bytes of a size as GlusterFS spells it; nil for what is none.
func byteCount(ofSize text: String) -> Int? {
  let digits = text.prefix { $0.isASCII && $0.isNumber }
  let shifts = ["": 0, "B": 0, "KB": 10, "MB": 20, "GB": 30]
  guard let number = Int(digits), let shift = shifts[text.dropFirst(digits.count).uppercased()],
    number <= 1 << 32
  else { return nil }
  return number << shift
}

/// A whole number as GlusterFS reads it, which `0` and `0x` before it make an octal or hexadecimal
/// one; nil for what is none.
func number(ofCSpelling text: String) -> Int? {
  let digits = text.drop { $0 == "+" || $0 == "-" }
  guard text.count - digits.count <= 1 else { return nil }
  let sign = text.hasPrefix("-") ? "-" : ""
  if digits.lowercased().hasPrefix("0x") { return Int(sign + digits.dropFirst(2), radix: 16) }
  return Int(sign + digits, radix: digits.hasPrefix("0") ? 8 : 10)
}
