// swift-tools-version: 6.3
import PackageDescription

/// A program that checks most parts of the library on a kernel. `.ci/arm64-kernel` builds it for arm64 and runs it.
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
      exclude: ["check.bpf.c"],
      // Debian's runtime libraries refer to libraries that this program does not need.
      linkerSettings: [.unsafeFlags(["-Xlinker", "--allow-shlib-undefined"])])
  ],
  swiftLanguageModes: [.v6]
)
