// swift-tools-version: 6.3
import PackageDescription

let warnings: [SwiftSetting] =
  Context.environment["SWIFT_BPF_WARNINGS_AS_ERRORS"] != nil ? [.treatAllWarnings(as: .error)] : []

/// The tests of the build plugin. They are a package of their own because SwiftPM builds the tools of a plugin before all
/// else, and apart from it, if any target of the root package uses the plugin.
let package = Package(
  name: "plugin-tests",
  dependencies: [.package(name: "swift-bpf", path: "..")],
  targets: [
    .testTarget(
      name: "BPFObjectPluginTests", dependencies: [.product(name: "BPF", package: "swift-bpf")],
      exclude: ["Programs"], swiftSettings: warnings,
      plugins: [.plugin(name: "BPFObjectPlugin", package: "swift-bpf")]),
    // A kernel module in Swift, and the tests of what the plugin makes of it.
    .target(
      name: "CounterKernel", dependencies: [.product(name: "BPFKernel", package: "swift-bpf")],
      swiftSettings: warnings),
    .testTarget(
      name: "KernelModuleTests",
      dependencies: ["CounterKernel", .product(name: "BPF", package: "swift-bpf")], swiftSettings: warnings,
      plugins: [.plugin(name: "BPFObjectPlugin", package: "swift-bpf")]),
  ],
  swiftLanguageModes: [.v6]
)
