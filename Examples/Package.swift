// swift-tools-version: 6.3
import PackageDescription

/// Declares an example: an executable, and the BPF programs in its folder, used by the build plugin.
func example(_ name: String, programs: [String], dependencies: [Target.Dependency] = []) -> Target {
  .executableTarget(
    name: name,
    dependencies: [.product(name: "BPF", package: "swift-bpf")] + dependencies,
    // Swift targets cannot contain C. The plugin finds these sources itself.
    exclude: programs,
    plugins: [.plugin(name: "BPFObjectPlugin", package: "swift-bpf")])
}

/// Declares an example with both halves in Swift: a kernel module, and an executable whose code the build plugin generates
/// from it.
func swiftExample(_ name: String, kernel: String, dependencies: [Target.Dependency] = []) -> [Target] {
  [
    .target(name: kernel, dependencies: [.product(name: "BPFKernel", package: "swift-bpf")]),
    .executableTarget(
      name: name,
      dependencies: [.target(name: kernel), .product(name: "BPF", package: "swift-bpf")] + dependencies,
      plugins: [.plugin(name: "BPFObjectPlugin", package: "swift-bpf")]),
  ]
}

let package = Package(
  name: "swift-bpf-examples",
  dependencies: [.package(name: "swift-bpf", path: "..")],
  targets: [
    example("packetkinds", programs: ["packet_kinds.bpf.c"]),
    example("syscount", programs: ["syscount.bpf.c"]),
    example("execsnoop", programs: ["execsnoop.bpf.c"]),
    example("packetcount", programs: ["packetcount.bpf.c"], dependencies: ["VirtualCable"]),
    .target(
      name: "VirtualCable", dependencies: ["CVirtualCable", .product(name: "BPF", package: "swift-bpf")]),
    .target(name: "CVirtualCable"),
    example("runqlat", programs: ["runqlat.bpf.c"]),
    example("funclatency", programs: ["funclatency.bpf.c"]),
    // Runs the examples that are built beside it.
    .testTarget(name: "ExampleTests"),
  ] + swiftExample("execsnoop-swift", kernel: "ExecSnoopKernel")
    + swiftExample("packetcount-swift", kernel: "PacketCountKernel", dependencies: ["VirtualCable"])
    + swiftExample("runqlat-swift", kernel: "RunQLatKernel"),
  swiftLanguageModes: [.v6]
)
