import Glibc
import Simulation

/// Runs histories; the first that breaks is shrunk, printed, and ends it with 1.
func usage() -> Never {
  let text = """
    simulate: usage: simulate [--seed N] [--runs K] [--fault NAME] [--keep-going]
    faults: \(PlantedFault.allCases.map(\.rawValue).joined(separator: " "))

    """
  _ = write(2, text, text.utf8.count)
  exit(64)
}

var firstSeed: UInt64 = 1
var runs: UInt64 = 10_000
var fault: PlantedFault?
var keepsGoing = false
var words = CommandLine.arguments.dropFirst()
while let word = words.popFirst() {
  if word == "--keep-going" {
    keepsGoing = true
    continue
  }
  guard let value = words.popFirst() else { usage() }
  switch word {
  case "--seed":
    guard let number = UInt64(value) else { usage() }
    firstSeed = number
  case "--runs":
    guard let number = UInt64(value), number > 0 else { usage() }
    runs = number
  case "--fault":
    guard let known = PlantedFault(rawValue: value) else { usage() }
    fault = known
  default: usage()
  }
}

let simulator = Simulator(fault: fault)
let start = ContinuousClock.now
var coverage = Coverage()
var brokenCount = 0
for seed in firstSeed..<firstSeed + runs {
  let outcome = try simulator.run(seed: seed)
  coverage.add(outcome.marks, events: outcome.history.events.count)
  guard let first = outcome.broken.first else { continue }
  if keepsGoing {
    brokenCount += 1
    print("seed \(seed): \(first)")
    continue
  }
  print(try simulator.report(outcome))
  exit(1)
}
let seconds = max(1, (ContinuousClock.now - start).components.seconds)
print(
  "\(coverage.histories) histories from seed \(firstSeed), \(coverage.events) events, "
    + "\(seconds) s, \(60 * Int64(coverage.histories) / seconds) a minute")
print(coverage.text)
if brokenCount > 0 {
  print("\(brokenCount) histories broke something")
  exit(1)
}
// A few histories may miss what many must have met.
if coverage.histories >= 1000, fault == nil, !coverage.missing.isEmpty {
  print("too few histories had " + coverage.missing.map(\.rawValue).joined(separator: ", "))
  exit(1)
}
