extension Step {
  /// About how many calls of the system's the step takes that change the brick, as `NativeBrick`
  /// makes them; what is looked at beforehand costs little beside these.
  public var callCount: Int {
    switch action {
    // Owner, mode, GFID, gfid2path, handle and name.
    case .make: 7
    // A name's gfid2path or the handle comes and goes with it.
    case .link, .unlink, .removeDirectory, .mend, .setAside: 2
    case .rename: 4
    case .write(_, let range, _):
      1 + Int((range.upperBound - range.lowerBound) / StepCost.writeByteCount)
    case .zero, .truncate, .setMode, .setOwner, .setTimes, .setXattr, .removeXattr: 1
    }
  }
}

/// What applying a plan takes, as far as it can be told from the plan.
public struct StepCost: Equatable, Sendable {
  /// A write of more comes to several calls.
  static let writeByteCount: Int64 = 1 << 20
  /// Rather low, so that few wait longer than they were told (docs/reconciliation.md); constants,
  /// since a plan must not depend on the clock. Both stand beside each estimate.
  public static let callCountPerSecond: Int64 = 2_000
  public static let byteCountPerSecond: Int64 = 50_000_000

  public private(set) var byteCount: Int64 = 0
  public private(set) var callCount: Int64 = 0

  public init(_ steps: some Sequence<Step>) {
    for step in steps {
      byteCount = byteCount.addingClamped(step.byteCount)
      callCount = callCount.addingClamped(Int64(step.callCount))
    }
  }

  /// How long it will take at these rates, each rounded up.
  public var seconds: Int64 {
    func divided(_ count: Int64, _ rate: Int64) -> Int64 {
      count / rate + (count % rate > 0 ? 1 : 0)
    }
    return divided(byteCount, Self.byteCountPerSecond)
      .addingClamped(divided(callCount, Self.callCountPerSecond))
  }
}
