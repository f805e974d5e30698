// swift-tools-version: 6.3
import PackageDescription

/// One process that does all at once, for as long as it is told, and then counts. Run by `.ci/soak`.
let package = Package(
  name: "soak",
  dependencies: [.package(name: "swift-bpf", path: "..")],
  targets: [
    .target(name: "CSoak"),
    .executableTarget(
      name: "soak",
      dependencies: ["CSoak", .product(name: "BPF", package: "swift-bpf")],
      exclude: [
        "Loads/hooks.bpf.c", "Loads/many.bpf.c", "Loads/samples.bpf.c", "Loads/requests.bpf.c",
        "Loads/table.bpf.c",
      ],
      plugins: [.plugin(name: "BPFObjectPlugin", package: "swift-bpf")]),
  ],
  swiftLanguageModes: [.v6]
)
