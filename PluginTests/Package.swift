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
      plugins: [.plugin(name: "BPFObjectPlugin", package: "swift-bpf")])
  ],
  swiftLanguageModes: [.v6]
)
