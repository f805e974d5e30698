//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFObjects
import BPFSyscall
import KernelFixtures

extension KernelRow {
  static let features = KernelFeature.allCases.map { feature in
    KernelRow(section: "Features", name: "\(feature)", since: feature.minimumKernelVersion) {
      try feature.isSupported()
    }
  }

  static let mapTypes = MapType.allKnown.map { type in
    KernelRow(section: "Map types", name: type.kernelName, since: type.minimumKernelVersion ?? "?") {
      try type.isSupported()
    }
  }

  /// The flags of `BTFFeatures`.
  static let types: [KernelRow] = [
    type("functions", .functions, since: "5.0"),
    type("sections and variables", .dataSections, since: "5.2"),
    type("global functions", .globalFunctions, since: "5.6"),
    type("floating-point numbers", .floats, since: "5.13"),
    type("declaration tags", .declarationTags, since: "5.16"),
    type("type tags", .typeTags, since: "5.17"),
    type("64-bit and signed enumerations", .enumerations64, since: "6.0"),
    type("section names that begin with a question mark", .questionMarks, since: "6.9"),
  ]

  private static func type(_ name: String, _ feature: BTFFeatures, since release: String) -> KernelRow {
    KernelRow(section: "BTF", name: name, since: release) { try BTFFeatures.running().contains(feature) }
  }
}

// MARK: - Programs

extension KernelRow {
  static let programTypes = ProgramType.allKnown.map { type in
    KernelRow(
      section: "Program types", name: type.kernelName, since: type.minimumKernelVersion ?? "?",
      isConfigured: type == .lircMode2
    ) { try smallest(type)?.isKnown() == true }
  }

  /// Returns a minimal program of a type; nil if the kernel lacks the program's target.
  private static func smallest(_ type: ProgramType) throws -> SmallestProgram? {
    switch type {
    case .tracing: try SmallestProgram(type, for: .traceIter, .function, named: "bpf_iter_task")
    case .lsm: try SmallestProgram(type, for: .lsmMAC, .function, named: "bpf_lsm_file_open")
    case .cgroupSock: SmallestProgram(type, for: .cgroupInetSockCreate)
    case .cgroupSockAddr: SmallestProgram(type, for: .cgroupInet4Connect)
    case .cgroupSockopt: SmallestProgram(type, for: .cgroupGetsockopt)
    case .skLookup: SmallestProgram(type, for: .skLookup)
    case .netfilter: SmallestProgram(type, for: .netfilter)
    case .syscall: SmallestProgram(type, flags: .sleepable)
    default: SmallestProgram(type)
    }
  }

  /// The attach types, which the kernel's own BTF lists.
  static let attachTypes = AttachType.allKnown.map { type in
    KernelRow(section: "Attach types", name: type.kernelName, since: type.minimumKernelVersion ?? "?") {
      try KernelEnumeration.attachTypes.get().names(type.rawValue)
    }
  }
}
