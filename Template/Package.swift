// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "ports",
  dependencies: [
    // In your copy: .package(url: "THE URL OF SWIFT-BPF", branch: "main")
    .package(name: "swift-bpf", path: "..")
  ],
  targets: [
    // The kernel's half: programs, maps, and the types of their elements. Only BPFKernel is imported.
    .target(
      name: "PortsKernel", dependencies: [.product(name: "BPFKernel", package: "swift-bpf")]),
    // The user's half. The plugin compiles PortsKernel for BPF, and generates the type `Ports`.
    .executableTarget(
      name: "ports", dependencies: ["PortsKernel", .product(name: "BPF", package: "swift-bpf")],
      plugins: [.plugin(name: "BPFObjectPlugin", package: "swift-bpf")]),
    // Tests functions of the kernel's half without a kernel.
    .testTarget(
      name: "PortsKernelTests",
      dependencies: ["PortsKernel", .product(name: "BPFKernel", package: "swift-bpf")]),
  ],
  swiftLanguageModes: [.v6]
)
