import JBRCore
import Simulation

var total = Coverage()
for seed in UInt64(1)...300 {
  let outcome = try Simulator().run(seed: seed)
  total.add(outcome.marks, events: outcome.history.events.count)
  if !outcome.broken.isEmpty { print("seed \(seed): \(outcome.broken.prefix(2))") }
}
print(total.text)
