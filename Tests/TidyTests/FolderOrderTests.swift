import Foundation
import Testing

/// JBRCore is one module, so the compiler does not see who uses whom: this does. See
/// docs/ARCHITECTURE.md.
@Suite struct FolderOrderTests {
  private static let toJournal: Set<String> = ["Bytes", "OS", "Format", "JBRFormat", "JBRJournal"]

  /// Whom each folder may name, beside itself.
  private static let mayName: [String: Set<String>] = [
    "Bytes": [],
    "OS": ["Bytes"],
    "Format": ["Bytes", "OS"],
    "JBRFormat": ["Bytes", "OS", "Format"],
    "JBRJournal": ["Bytes", "OS", "Format", "JBRFormat"],
    "Journal": ["Bytes", "OS", "Format", "JBRFormat", "JBRJournal"],
    "Brick": toJournal.union(["Journal"]),
    "Remote": toJournal.union(["Journal", "Brick"]),
    "Replay": toJournal.union(["Journal", "Brick"]),
    "Replication": toJournal.union(["Journal", "Brick", "Replay"]),
    "View": toJournal.union(["Journal", "Brick", "Replay"]),
    "Volfile": ["Bytes", "OS", "Format"],
    "Gluster": toJournal.union(["Journal", "Brick", "Volfile"]),
    "Reconcile": toJournal.union([
      "Journal", "Brick", "Remote", "Replay", "View", "Volfile",
    ]),
  ]
  /// Methods of the system's libraries that a folder of ours also declares.
  private static let ofOthers: Set<String> = ["decode"]

  /// What a folder declares.
  private struct Names {
    /// Types, functions and constants that can be named by themselves.
    var free: Set<String> = []
    /// What it adds to types in extensions.
    var members: Set<String> = []
    /// Every name that it declares anywhere.
    var all: Set<String> = []
  }

  private static func names(_ files: [SourceFile]) -> Names {
    let keyword = #/(?:struct|class|enum|protocol|actor|typealias|func|let|var|case) +(\w+)/#
    let top =
      #/(?m)^(?:public |final |indirect )*(?:struct|class|enum|protocol|actor|typealias|func|let|var) +(\w+)/#
    let extended = #/(?m)^(?:public )?extension [^{]*\{\n((?:(?:  .*)?\n)*)/#
    let member =
      #/(?m)^  (?:public |static |mutating |nonmutating )*(?:struct|enum|func|let|var|typealias) +(\w+)/#
    var names = Names()
    for file in files {
      for match in file.code.matches(of: keyword) { names.all.insert(String(match.output.1)) }
      for match in file.code.matches(of: top) { names.free.insert(String(match.output.1)) }
      for part in file.code.matches(of: extended) {
        for match in part.output.1.matches(of: member) {
          names.members.insert(String(match.output.1))
        }
      }
    }
    return names
  }

  @Test func everyFolderHasItsPlaceInTheOrder() throws {
    let folders = Set(try Repository.sources(["Sources/JBRCore"]).compactMap(\.folder))
    #expect(folders == Set(Self.mayName.keys))
  }

  @Test func noFolderNamesWhatIsAboveIt() throws {
    let files = try Repository.sources(["Sources/JBRCore"])
    let byFolder = Dictionary(grouping: files) { $0.folder ?? "" }.mapValues(Self.names)
    for file in files {
      guard let folder = file.folder, let lower = Self.mayName[folder] else { continue }
      let allowed = lower.union([folder])
      let known = allowed.reduce(into: Self.ofOthers) { $0.formUnion(byFolder[$1]?.all ?? []) }
      let words = Set(file.code.matches(of: #/\w+/#).map { String($0.output) })
      // A name behind the dots of a range is no member.
      let dotted = file.code.replacing(#/\.\.[.<]/#, with: " ").matches(of: #/\.(\w+)/#)
      let members = Set(dotted.map { String($0.output.1) })
      for (other, names) in byFolder where !allowed.contains(other) {
        let named = words.intersection(names.free).union(members.intersection(names.members))
          .subtracting(known)
        #expect(
          named.isEmpty, "\(file.path) names \(named.sorted().joined(separator: ", ")) of \(other)")
      }
    }
  }
}
