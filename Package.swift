// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
let shipped = settings + [.strictMemorySafety()]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

/// A tool parses its arguments, calls the library and prints.
func tool(_ name: String) -> Target {
  .executableTarget(name: name, dependencies: ["JBRTool", argumentParser], swiftSettings: shipped)
}

let package = Package(
  name: "jbr",
  products: [
    .library(name: "JBRCore", targets: ["JBRCore"]),
    .executable(name: "jbr-journal", targets: ["jbr-journal"]),
    .executable(name: "jbr-terms", targets: ["jbr-terms"]),
    .executable(name: "jbr-replay", targets: ["jbr-replay"]),
    .executable(name: "jbr-reconcile", targets: ["jbr-reconcile"]),
    .executable(name: "jbr-volgen", targets: ["jbr-volgen"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CLinux"),
    .target(name: "CChild"),
    .target(name: "CXXHash"),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CExpat", providers: [.apt(["libexpat1-dev"])]),
    .target(
      name: "JBRCore",
      dependencies: ["CChild", "CExpat", "CLinux", "CXXHash", "CZstd"],
      swiftSettings: shipped,
      // The archives, so that a built tool runs where only Debian's base system is.
      linkerSettings: [
        .linkedLibrary(":libxxhash.a"), .linkedLibrary(":libzstd.a"),
        .linkedLibrary(":libexpat.a"),
      ]),
    .target(name: "JBRTool", dependencies: ["JBRCore", argumentParser], swiftSettings: shipped),
    tool("jbr-journal"),
    tool("jbr-terms"),
    tool("jbr-replay"),
    tool("jbr-reconcile"),
    tool("jbr-volgen"),
    // Makes journals to measure on; not a product.
    .executableTarget(
      name: "jbr-bench", dependencies: ["JBRCore"], path: "Benchmarks/jbr-bench",
      swiftSettings: settings),
    // Starts real brick servers for the tests; not a product.
    .target(name: "GlusterTesting", path: "Tests/GlusterTesting", swiftSettings: settings),
    // The model by which replay is judged, and a real GlusterFS without the toolkit; not products.
    // Neither knows JBRCore.
    .target(
      name: "PlainModel", dependencies: ["CLinux"], path: "Tests/PlainModel",
      swiftSettings: settings),
    .target(name: "DirectGluster", path: "Tests/DirectGluster"),
    // Random requests and what shrinks them, and the simulator that they drive; not products.
    .target(
      name: "Histories", dependencies: ["JBRCore"], path: "Tests/Histories",
      swiftSettings: settings),
    .target(
      name: "Simulation", dependencies: ["JBRCore", "Histories"], path: "Tests/Simulation",
      swiftSettings: settings),
    .executableTarget(
      name: "jbr-simulate", dependencies: ["Simulation"], path: "Tests/jbr-simulate",
      swiftSettings: settings),
    .testTarget(
      name: "SimulationTests", dependencies: ["JBRCore", "Histories", "Simulation"],
      swiftSettings: settings),
    .testTarget(
      name: "JBRCoreTests",
      dependencies: ["JBRCore", "Histories", "GlusterTesting", "PlainModel", "DirectGluster"],
      swiftSettings: settings),
    .testTarget(
      name: "ToolTests", dependencies: ["JBRCore", "GlusterTesting"], swiftSettings: settings),
    .testTarget(name: "TidyTests", dependencies: ["JBRCore"], swiftSettings: settings),
  ]
)
