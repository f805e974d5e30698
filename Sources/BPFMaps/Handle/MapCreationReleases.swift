//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

extension MapCreateFlags {
  /// The first Linux release that has each flag, by bit number.
  static let releases = [
    "4.6", "4.10", "4.14", "4.15", "4.15", "4.17", "5.0", "5.2", "5.2", "5.4", "5.5", "5.10", "5.10", "6.4",
    "6.5", "6.9", "6.9", "6.9", "6.9", "6.19",
  ]

  /// The flags in this set that the running kernel is too old for, each with the release that added it.
  var newerThanKernel: [(name: String, since: String)] {
    zip(MapCreateFlags.named, MapCreateFlags.releases).compactMap { named, release in
      contains(named.flag) && KernelRelease.isOlder(than: release) ? (named.name, release) : nil
    }
  }
}

extension MapCreationRequest {
  /// A message about the first requested flag or option that the running kernel is too old for, or nil if there is
  /// none.
  var newerThanKernel: String? {
    let options: [(name: String, since: String, isAsked: Bool)] = [
      ("map_extra", "5.16", self.options.extra != 0),
      ("an exclusive program's hash", "6.18", !self.options.exclusiveProgramHash.isEmpty),
      ("a value type in the kernel's BTF", "5.6", self.options.vmlinuxValueTypeID != 0),
      ("a network device", "4.16", self.options.interfaceIndex != 0),
    ]
    let asked = options.filter { $0.isAsked && KernelRelease.isOlder(than: $0.since) }.map {
      ($0.name, $0.since)
    }
    guard let (name, since) = (flags.newerThanKernel + asked).first else { return nil }
    return "this kernel does not know \(name): \(KernelRelease.requirement(since))"
  }
}
