// swift-tools-version: 6.3
import PackageDescription

/// One process that uses all event paths and links at once for a given time, and then checks the counts. Run by
/// `.ci/soak`.
let package = Package(
  name: "soak",
  dependencies: [.package(name: "swift-bpf", path: "..")],
  targets: [
    .target(name: "CSoak"),
    .executableTarget(
      name: "soak",
      dependencies: ["CSoak", .product(name: "BPF", package: "swift-bpf")],
      exclude: [
        "Workloads/hooks.bpf.c", "Workloads/many.bpf.c", "Workloads/samples.bpf.c",
        "Workloads/requests.bpf.c",
        "Workloads/table.bpf.c",
      ],
      plugins: [.plugin(name: "BPFObjectPlugin", package: "swift-bpf")]),
  ],
  swiftLanguageModes: [.v6]
)
