import CXXHash
import CZstd

/// Versions of the toolkit and of what is linked into it.
public enum Version {
  public static let toolkit = "0.1.0"

  /// The C libraries' versions, as they report them.
  public static var libraries: String {
    let xxhash = XXH_versionNumber()
    let zstd = ZSTD_versionNumber()
    return "xxhash \(Self.dotted(xxhash)), zstd \(Self.dotted(zstd))"
  }

  private static func dotted(_ number: UInt32) -> String {
    "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
  }
}
