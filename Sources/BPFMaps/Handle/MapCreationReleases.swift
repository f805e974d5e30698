//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

extension MapCreateFlags {
  /// The first Linux release that knows the flag, by its bit.
  private static let releases = [
    "4.6", "4.10", "4.14", "4.15", "4.15", "4.17", "5.0", "5.2", "5.2", "5.4", "5.5", "5.10", "5.10", "6.4",
    "6.5",
    "6.9", "6.9", "6.9", "6.9", "6.19",
  ]

  /// The flags that came with a later release than the running kernel, each with its release.
  var newerThanKernel: [(name: String, since: String)] {
    zip(MapCreateFlags.named, MapCreateFlags.releases).compactMap { named, release in
      contains(named.flag) && KernelRelease.isOlder(than: release) ? (named.name, release) : nil
    }
  }
}

extension MapCreationRequest {
  /// The first thing that is asked for and that came with a later release than the running kernel, as a sentence; nil if
  /// there is none.
  var laterThanKernel: String? {
    let options: [(name: String, since: String, isAsked: Bool)] = [
      ("map_extra", "5.16", self.options.extra != 0),
      ("the hash of an exclusive program", "6.18", !self.options.exclusiveProgramHash.isEmpty),
      ("the type of a value in the kernel's BTF", "5.6", self.options.vmlinuxValueTypeID != 0),
      ("a network device", "4.16", self.options.interfaceIndex != 0),
    ]
    let asked = options.filter { $0.isAsked && KernelRelease.isOlder(than: $0.since) }.map {
      ($0.name, $0.since)
    }
    guard let (name, since) = (flags.newerThanKernel + asked).first else { return nil }
    return "this kernel does not know \(name): \(KernelRelease.requirement(since))"
  }
}
