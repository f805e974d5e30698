// swift-tools-version: 6.3
import PackageDescription

/// Warnings are errors where it is decided whether a change is good, and nowhere else.
let warningsAreErrors = Context.environment["SWIFT_BPF_WARNINGS_AS_ERRORS"] != nil
let warnings: [SwiftSetting] = warningsAreErrors ? [.treatAllWarnings(as: .error)] : []

/// Finds the fields of types with `Mirror`, for a standard library without `_forEachField`. See ARCHITECTURE.md.
let mirrorFields: [SwiftSetting] =
  Context.environment["SWIFT_BPF_MIRROR_FIELDS"] == nil ? [] : [.define("SWIFT_BPF_MIRROR_FIELDS")]

/// What every Swift target of the library is compiled with.
let strict: [SwiftSetting] =
  warnings + [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ] + mirrorFields

/// The sanitizers are built with what they are run on: the library, and the tests of its modules.
let onlyLibrary = Context.environment["SWIFT_BPF_LIBRARY_ONLY"] != nil

/// The libraries of the tool. `Scripts/release` links all of them statically, which takes the static archives of the C library
/// and of libstdc++.
let runtimeLibraries =
  Context.environment["SWIFT_BPF_STATIC_EXECUTABLE"] != nil ? "-static-executable" : "-static-stdlib"

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "swift-bpf",
  products: [
    .library(name: "BPF", targets: ["BPF"]),
    .executable(name: "bpfmap", targets: ["bpfmap"]),
    .plugin(name: "BPFObjectPlugin", targets: ["BPFObjectPlugin"]),
    .library(name: "BPFKernel", targets: ["BPFKernel"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
  ],
  targets: [
    // The library. Each target imports only those above it; the kernel's ABI only through BPFSyscall.
    .target(name: "CLinuxBPF"),
    .target(name: "CLibrary", swiftSettings: strict),
    // The instruction set by itself: no system calls.
    .target(name: "BPFInstructions", swiftSettings: strict),
    .target(
      name: "BPFSyscall", dependencies: ["BPFInstructions", "CLibrary", "CLinuxBPF", system],
      swiftSettings: strict),
    .target(name: "ELF", dependencies: ["BPFSyscall"], swiftSettings: strict),
    .target(name: "BTF", dependencies: ["BPFSyscall", system], swiftSettings: strict),
    // Numbers and addresses in network order, for both sides: the library re-exports them, and BPFKernel does.
    .target(name: "NetworkTypes", swiftSettings: strict),
    .target(
      name: "BPFMaps", dependencies: ["BPFSyscall", "BTF", "NetworkTypes", system], swiftSettings: strict),
    .target(
      name: "BPFObjects",
      dependencies: ["BPFInstructions", "BPFSyscall", "ELF", "BTF", "BPFMaps", system], swiftSettings: strict),
    .target(
      name: "BPFEvents", dependencies: ["BPFSyscall", "BPFMaps", "BPFObjects", system],
      swiftSettings: strict),
    .target(
      name: "BPFLinks",
      dependencies: ["BPFInstructions", "BPFSyscall", "ELF", "BTF", "BPFMaps", "BPFObjects", system],
      swiftSettings: strict),
    .target(
      name: "BPF",
      dependencies: [
        "BPFInstructions", "BPFSyscall", "BTF", "NetworkTypes", "BPFMaps", "BPFObjects", "BPFEvents",
        "BPFLinks", system,
      ],
      swiftSettings: strict),

    // What kernel code in Swift imports. It is also compiled for BPF, as Embedded Swift.
    .target(name: "CBPFKernel"),
    .target(name: "BPFKernel", dependencies: ["CBPFKernel", "NetworkTypes"], swiftSettings: strict),

    // Declares types of the running kernel for kernel code in Swift.
    .target(name: "KernelTypeDeclarations", dependencies: ["BPFSyscall", "BTF"], swiftSettings: strict),

    // The command-line tool, and what of it must not depend on more than the C library.
    .target(name: "CProcess"),
    .executableTarget(
      name: "bpfmap",
      dependencies: [
        "BPF", "KernelTypeDeclarations", "CLibrary", "CProcess", system,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Top/system_calls.bpf.c"],
      swiftSettings: strict,
      // Dynamic linking would take half the time of a command on one element. The flags do not affect packages that depend
      // on the library. lld does not warn about Foundation's sections.
      linkerSettings: [
        .unsafeFlags(
          [runtimeLibraries, "-l_FoundationCollections", "-l_FoundationCShims", "-use-ld=lld"],
          .when(platforms: [.linux], configuration: .release))
      ]),

    // The build plugin, what it runs for each BPF program of a target, and what writes Swift of an object.
    .target(
      name: "BPFCodeGeneration",
      dependencies: ["ELF", "BTF", "BPFMaps", "BPFObjects", "KernelTypeDeclarations"],
      // A link to the file in Headers, which everything else reads.
      resources: [.embedInCode("KernelModule/clang-bpf.options")], swiftSettings: strict),
    .executableTarget(
      name: "BPFObjectGenerator", dependencies: ["BPFCodeGeneration", "BPFObjects"], swiftSettings: strict),
    .plugin(
      name: "BPFObjectPlugin", capability: .buildTool(), dependencies: ["BPFObjectGenerator"]),

    // What the tests need of the kernel that the library does not offer: programs, links, BTF, mounts.
    .target(name: "CKernelFixtures", path: "Tests/CKernelFixtures"),
    .target(
      name: "KernelFixtures", dependencies: ["CKernelFixtures", "BPF", "BPFSyscall", system],
      path: "Tests/KernelFixtures", swiftSettings: warnings),
    // Fails each system call of the library in turn, in processes of its own.
    .executableTarget(
      name: "FaultLoop", dependencies: ["CKernelFixtures", "KernelFixtures", "BPF", system],
      path: "Tests/FaultLoop", exclude: ["Programs"], swiftSettings: warnings),
    .testTarget(
      name: "FaultLoopTests", dependencies: ["FaultLoop", "BPF", "KernelFixtures", system],
      swiftSettings: warnings),
    .testTarget(
      name: "BPFSyscallTests", dependencies: ["BPFSyscall", "CLinuxBPF", "KernelFixtures", system],
      swiftSettings: warnings),
    .testTarget(
      name: "BPFInstructionsTests", dependencies: ["BPF", "BPFInstructions", "KernelFixtures", system],
      swiftSettings: warnings),
    .testTarget(name: "ELFTests", dependencies: ["ELF", "BPFSyscall"], swiftSettings: warnings),
    .testTarget(
      name: "BTFTests", dependencies: ["BPF", "BTF", "BPFSyscall", "KernelFixtures", system],
      resources: [.embedInCode("Fixtures/values.bpf.c")], swiftSettings: warnings),
    .testTarget(
      name: "BPFMapsTests",
      dependencies: ["BPF", "BPFMaps", "BPFSyscall", "CKernelFixtures", "KernelFixtures", system],
      swiftSettings: warnings),
    .testTarget(
      name: "BPFObjectsTests",
      dependencies: [
        "BPF", "BPFInstructions", "ELF", "BPFObjects", "BPFMaps", "BTF", "BPFSyscall", "KernelFixtures",
        system,
      ],
      exclude: ["Fixtures"], swiftSettings: warnings),
    .testTarget(
      name: "BPFEventsTests",
      dependencies: ["BPF", "BPFEvents", "BPFObjects", "BPFMaps", "BPFSyscall", "KernelFixtures", system],
      exclude: ["Fixtures"], swiftSettings: warnings),
    .testTarget(
      name: "BPFLinksTests",
      dependencies: [
        "BPF", "BPFLinks", "BPFObjects", "BPFMaps", "BPFSyscall", "CKernelFixtures", "KernelFixtures", system,
      ],
      exclude: ["Fixtures", "Network/Fixtures"], swiftSettings: warnings),
    .testTarget(
      name: "HeaderTests", dependencies: ["BPF", "BTF", "KernelFixtures", system],
      exclude: ["Fixtures"], swiftSettings: warnings),
    .testTarget(
      name: "BPFCodeGenerationTests",
      dependencies: [
        "BPF", "BPFCodeGeneration", "BPFObjectGenerator", "BPFObjects", "BPFMaps", "BPFSyscall", "BTF",
        "KernelFixtures", "KernelTypeDeclarations", system,
      ],
      swiftSettings: warnings),
    .testTarget(name: "BPFKernelTests", dependencies: ["BPFKernel"], swiftSettings: warnings),
    // Compiles and loads kernel modules in Swift, with what the build plugin runs.
    .testTarget(
      name: "KernelModuleTests",
      dependencies: [
        "BPFCodeGeneration", "BPFObjectGenerator", "BPF", "BPFLinks", "CKernelFixtures", "KernelFixtures",
        system,
      ],
      exclude: ["Corpus", "Events"], swiftSettings: warnings),
    .testTarget(
      name: "bpfmapTests", dependencies: ["bpfmap", "BPF", "CKernelFixtures", "KernelFixtures", system],
      swiftSettings: warnings),
  ],
  swiftLanguageModes: [.v6]
)

if onlyLibrary {
  // For the sanitizers: without the tool and the build plugin.
  let kept: Set = [
    "CLinuxBPF", "CLibrary", "BPFInstructions", "BPFSyscall", "ELF", "BTF", "NetworkTypes", "BPFMaps",
    "BPFObjects", "BPFEvents", "BPFLinks", "BPF",
    "CKernelFixtures",
    "KernelFixtures", "BPFInstructionsTests", "BPFSyscallTests", "ELFTests", "BPFMapsTests",
    "BPFObjectsTests", "BPFEventsTests",
    "BPFLinksTests",
  ]
  package.targets.removeAll { !kept.contains($0.name) }
  package.products.removeAll { $0.name != "BPF" }
}
