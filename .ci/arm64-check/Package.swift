// swift-tools-version: 6.3
import PackageDescription

/// A program of most parts of the library, which runs in an arm64 kernel. Built and run by `.ci/arm64-boot`.
let package = Package(
  name: "arm64-check",
  dependencies: [
    .package(name: "swift-bpf", path: "../.."),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
  ],
  targets: [
    .executableTarget(
      name: "check",
      dependencies: [
        .product(name: "BPF", package: "swift-bpf"), .product(name: "SystemPackage", package: "swift-system"),
      ],
      exclude: ["calls.bpf.c"],
      // The runtime's libraries need some that are of no use here.
      linkerSettings: [.unsafeFlags(["-Xlinker", "--allow-shlib-undefined"])])
  ],
  swiftLanguageModes: [.v6]
)
