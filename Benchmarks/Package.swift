// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "benchmarks",
  dependencies: [
    .package(name: "swift-bpf", path: ".."),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
  ],
  targets: [
    // Compares programs in Swift with the same programs in C.
    .executableTarget(
      name: "kernelcode",
      dependencies: [
        .product(name: "BPF", package: "swift-bpf"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
      ]),
    // The program of `bpfmap top` in Swift. Its C form is the tool's.
    .target(
      name: "SystemCallsKernel", dependencies: [.product(name: "BPFKernel", package: "swift-bpf")]),
    // The C code that the library is measured against and with. It shares no code with the library.
    .target(name: "CReference"),
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "CReference",
        .product(name: "BPF", package: "swift-bpf"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
