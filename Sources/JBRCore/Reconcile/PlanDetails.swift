import FoundationEssentials

/// What a plan file says for people beside its steps.
struct PlanDetails: Sendable {
  struct Heading: Decodable {
    var version: String
    var replica_count: Int
    var quorum: Int
    var leader: String?
    var id_source: String
  }
  /// A request that the plan makes void.
  struct Loss: Decodable {
    var id: String
    var fop: String
    var `case`: String
    var acknowledged: String
    var gfid: String?
    var from_path: JSONBytes?
    var path: JSONBytes?
    var offset: JSONInteger?
    var length: JSONInteger?
  }
  struct Finding: Decodable {
    var kind: String
    /// Left out where it is about replicas that are not given.
    var replica: String?
    var term: JSONInteger?
    var gfid: String?
    var name: JSONBytes?
    var path: JSONBytes?
    var id: String?
    var message: String
  }
  struct DamagedPlace: Decodable {
    var replica: String
    var term: JSONInteger
    var file: String
    var file_offset: JSONInteger
    var length: JSONInteger?
    var records: JSONInteger?
    var id: String?
    var fop: String?
  }
  struct Summary: Decodable {
    var forward: Int
    var void: Int
    var conflicts: Int
    var foreign: Int
    var bytes: JSONInteger
  }
  private struct StepPath: Decodable {
    var step: Int
    var path: JSONBytes?
  }
  private struct Skip: Decodable { var reason: String }

  var heading: Heading?
  var summary: Summary?
  var losses: [Loss] = []
  var damagedPlaces: [DamagedPlace] = []
  var findings: [Finding] = []
  /// How many forward requests need no step although a replica lacks them, by the reason why.
  var skipCounts: [String: Int] = [:]
  /// Paths in the wanted tree, by the step's number.
  var paths: [Int: ByteView] = [:]

  /// Takes what a line has of it.
  mutating func take(
    _ type: String, _ line: ByteView, _ path: String, _ number: Int
  ) throws(Failure) {
    switch type {
    case "plan": heading = try PlanFile.decode(line, path, number)
    case "plan_summary": summary = try PlanFile.decode(line, path, number)
    case "loss": losses.append(try PlanFile.decode(line, path, number))
    case "damaged_place": damagedPlaces.append(try PlanFile.decode(line, path, number))
    case "plan_finding": findings.append(try PlanFile.decode(line, path, number))
    case "skip":
      let skip: Skip = try PlanFile.decode(line, path, number)
      skipCounts[skip.reason, default: 0] += 1
    case "step":
      let step: StepPath = try PlanFile.decode(line, path, number)
      if let known = step.path?.bytes { paths[step.step] = known }
    default: break
    }
  }
}
