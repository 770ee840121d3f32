// swift-tools-version: 6.2
import PackageDescription

/// One list for every Swift target of ours: Swift 6, strict memory safety, no warning left standing.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")

/// What `make dist` knows about the build, for `imprune version --verbose`.
let buildFacts: [CSetting] = ["COMMIT", "DATE", "SWIFT"].compactMap { name in
  Context.environment["IMPRUNE_\(name)"].map { .define("IMPRUNE_\(name)", to: "\"\($0)\"") }
}

let package = Package(
  name: "imprune",
  products: [
    .executable(name: "imprune", targets: ["imprune"]),
    .executable(name: "imprune-sandbox", targets: ["imprune-sandbox"]),
  ],
  // Exact, so that a release is built from what was tested.
  dependencies: [
    // Flags, help texts, shell completions and the man page of both executables.
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    // The HTTP server inside imprune-sandbox; the tool itself does not link it.
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
  ],
  targets: [
    // System libraries: a modulemap and a shim each.
    .systemLibrary(
      name: "CYAML", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev", "zlib1g-dev"]), .brew(["openssl", "zlib"])]),
    // System calls that Swift cannot make by itself.
    .systemLibrary(name: "CLinux"),
    // Constants that only the build knows.
    .target(name: "CBuild", cSettings: buildFacts),

    // Bytes that know no format, and the one reader and writer of JSON.
    .target(name: "Bytes"),
    .target(name: "JSON", dependencies: ["Bytes"]),

    // Wrappers: all that calls C.
    .target(name: "YAML", dependencies: ["CYAML", "Bytes"]),
    .target(name: "HTTP", dependencies: ["CCurl", "Bytes"]),
    .target(name: "Crypto", dependencies: ["CCrypto", "Bytes"]),

    // The tool: decisions, effects, words.
    .target(name: "PruneCore", dependencies: ["Bytes", "JSON", "YAML", "Crypto"]),
    .target(
      name: "PruneEngine",
      dependencies: ["PruneCore", "Bytes", "JSON", "HTTP", "Crypto", "CLinux", "CBuild"]),
    .executableTarget(
      name: "imprune",
      dependencies: ["PruneCore", "PruneEngine", "Bytes", "JSON", argumentParser]),

    // The kit that asks a service what its documents leave open. It signs, calls and reads answers as
    // the tool does, with the tool's own code.
    .target(
      name: "Contract",
      dependencies: ["PruneCore", "PruneEngine", "Bytes", "JSON", "HTTP", "Crypto"]),

    // The stand-in service; it shares only JSON and the hash functions with the tool. Its command
    // `contract` starts the kit, and only that file knows it.
    .executableTarget(
      name: "imprune-sandbox",
      dependencies: [
        "Contract", "Bytes", "JSON", "Crypto", argumentParser, nioCore, nioPosix, nioHTTP,
      ]),

    // Tests: a folder for each module.
    .target(
      name: "TestSupport", dependencies: ["PruneCore", "Bytes", "HTTP", "YAML"],
      path: "Tests/TestSupport"),
    // The rules of all readers of untrusted bytes, and a corpus; libFuzzer runs them too.
    .target(
      name: "Fuzzing", dependencies: ["PruneCore", "Bytes", "YAML", "Crypto", "TestSupport"],
      path: "Tests/Fuzz", exclude: ["Corpus", "dictionary.txt"]),
    // The world in memory that runs are played in, and the command that replays one.
    .target(
      name: "Simulation",
      dependencies: ["PruneCore", "PruneEngine", "Bytes", "TestSupport", "YAML"],
      path: "Tests/Simulation"),
    .testTarget(
      name: "SimulationTests", dependencies: ["Simulation", "PruneCore", "PruneEngine"]),
    .executableTarget(
      name: "simulate", dependencies: ["Simulation"], path: "Tests/Simulate"),
    .testTarget(name: "BytesTests", dependencies: ["Bytes", "TestSupport"]),
    .testTarget(
      name: "JSONTests", dependencies: ["JSON", "PruneCore", "Bytes", "Fuzzing", "TestSupport"]),
    .testTarget(name: "YAMLTests", dependencies: ["YAML", "Bytes", "TestSupport"]),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "Bytes", "TestSupport"]),
    .testTarget(name: "CryptoTests", dependencies: ["Crypto", "TestSupport"]),
    .testTarget(
      name: "PruneCoreTests",
      dependencies: ["PruneCore", "Bytes", "JSON", "Fuzzing", "Simulation", "TestSupport"]),
    .testTarget(
      name: "PruneEngineTests",
      dependencies: [
        "PruneEngine", "PruneCore", "Bytes", "JSON", "HTTP", "Crypto", "CLinux", "TestSupport",
      ]),
    .testTarget(
      name: "SandboxTests",
      dependencies: [
        "imprune-sandbox", "Contract", "Bytes", "JSON", "HTTP", "Crypto", "Fuzzing", "TestSupport",
      ]),
    .testTarget(
      name: "ImpruneTests",
      dependencies: [
        "imprune", "imprune-sandbox", "PruneCore", "Bytes", "YAML", "Crypto", argumentParser,
        "Fuzzing",
        "TestSupport",
      ]),
  ]
)

for target in package.targets where target.type != .system && target.name != "CBuild" {
  target.swiftSettings = settings
}
