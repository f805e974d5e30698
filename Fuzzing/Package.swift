// swift-tools-version: 6.3
import PackageDescription

/// Fuzz targets for readers of untrusted bytes. Built only by `.ci/fuzz`, which instruments the library as well:
/// `swift build -c release -Xswiftc -enable-testing -Xswiftc -sanitize=fuzzer,address`.
let names = [
  "fuzz-elf", "fuzz-btf", "fuzz-object", "fuzz-json", "fuzz-inflate", "fuzz-log", "fuzz-executable",
  "fuzz-ring",
  "fuzz-netlink", "fuzz-list", "fuzz-words",
]

let library: Target.Dependency = .product(name: "BPF", package: "swift-bpf")

let package = Package(
  name: "fuzzing",
  dependencies: [.package(name: "swift-bpf", path: "..")],
  targets: [
    // libFuzzer's own functions, from the toolchain's sanitizer.
    .target(name: "CFuzzer"),
    .target(name: "FuzzSupport", dependencies: ["CFuzzer", library]),
  ]
    + names.map { name in
      .executableTarget(
        name: name, dependencies: ["FuzzSupport", library],
        swiftSettings: [.unsafeFlags(["-parse-as-library"])],
        // The gold linker fails on the sanitizers' objects.
        linkerSettings: [.unsafeFlags(["-use-ld=lld"])])
    },
  swiftLanguageModes: [.v6]
)
