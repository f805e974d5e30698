// swift-tools-version: 6.3
import PackageDescription

/// An example: a program, and in its folder the BPF programs that it loads, of which the build plugin makes Swift.
func example(_ name: String, programs: [String], dependencies: [Target.Dependency] = []) -> Target {
  .executableTarget(
    name: name,
    dependencies: [.product(name: "BPF", package: "swift-bpf")] + dependencies,
    // SwiftPM takes no C in a target of Swift; the plugin finds these sources itself.
    exclude: programs,
    plugins: [.plugin(name: "BPFObjectPlugin", package: "swift-bpf")])
}

let package = Package(
  name: "swift-bpf-examples",
  dependencies: [.package(name: "swift-bpf", path: "..")],
  targets: [
    example("packetkinds", programs: ["packet_kinds.bpf.c"]),
    example("syscount", programs: ["syscount.bpf.c"]),
    example("execsnoop", programs: ["execsnoop.bpf.c"]),
    example("packetcount", programs: ["packetcount.bpf.c"], dependencies: ["CVirtualCable"]),
    .target(name: "CVirtualCable"),
    example("runqlat", programs: ["runqlat.bpf.c"]),
    example("funclatency", programs: ["funclatency.bpf.c"]),
  ],
  swiftLanguageModes: [.v6]
)
