//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPF
import BPFSyscall
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Something that kernels have or lack whatever their release: by how they were built, or by what their vendor forbids.
package enum BuiltFeature: String {
  case kprobes = "kprobes (CONFIG_KPROBES)"
  /// Probes on many functions with one link.
  case multiKprobes = "kprobes on many functions (CONFIG_FPROBE)"
  /// fentry, fexit and fmod_ret, security hooks and replacements of functions.
  case trampolines = "trampolines: programs of type tracing for functions"
  /// Programs at hooks of the security framework run only if the kernel was started with their module.
  case securityHooks = "programs at security hooks (CONFIG_BPF_LSM, and bpf in /sys/kernel/security/lsm)"
  case netkit = "network interfaces of the kind netkit (CONFIG_NETKIT)"

  /// Whether the running kernel has it.
  package var isThere: Bool {
    switch self {
    case .kprobes: access("/sys/bus/event_source/devices/kprobe/type", F_OK) == 0
    case .multiKprobes: Self.hasFprobes
    case .trampolines: Self.hasTrampolines
    case .securityHooks: Self.hasTrampolines && Self.hasActiveBPFModule
    case .netkit: Self.hasNetkit
    }
  }

  private static let hasFprobes = hasFunction("register_fprobe_ips")
  private static let hasNetkit = hasFunction("netkit_link_attach")

  /// Whether the kernel lists a function. grep reads the long list faster than this debug build does.
  private static func hasFunction(_ name: String) -> Bool {
    (try? Command.run("grep", ["-q", " \(name)$", "/proc/kallsyms"]))?.status == 0
  }

  /// The modules that are asked at security hooks, with their order, as the kernel was started.
  private static let hasActiveBPFModule: Bool = {
    let file = "/sys/kernel/security/lsm"
    let active = (try? Command.run("cat", [file]))?.standardOutput
    return active?.split { ",\n".contains($0) }.contains("bpf") == true
  }()

  /// A kernel that has them looks for the function that a program is for, and finds no such (`EINVAL`).
  private static let hasTrampolines: Bool = {
    // Type tracing, for the entry of a function: r0 = 0; exit.
    var load = BPFCommand.ProgramLoad(type: 26)
    (load.expectedAttachType, load.attachBTFTypeID) = (24, 1)
    (load.license, load.instructions) = ("GPL", [0xb7, 0x95])
    var log = BPFCommand.ProgramLog()
    do throws(Errno) {
      _ = try BPFCommand.programLoad(load, logSize: 0, log: &log)
      return true
    } catch {
      return error == .invalidArgument
    }
  }()
}

extension Trait where Self == ConditionTrait {
  /// For tests of what Linux has since a release, such as `6.4`.
  package static func kernel(since release: String) -> Self {
    .enabled(
      if: !KernelRelease.isOlder(than: release), "this kernel lacks what came with Linux \(release)")
  }

  /// For tests of what the library does where a kernel lacks what came with a release, such as `5.15`.
  package static func kernel(before release: String) -> Self {
    .enabled(if: KernelRelease.isOlder(than: release), "this kernel lacks nothing of Linux \(release)")
  }

  /// For tests of what not every kernel is built with.
  package static func feature(_ feature: BuiltFeature) -> Self {
    .enabled(if: feature.isThere, "this kernel lacks \(feature.rawValue)")
  }

  /// For tests of what came after the oldest kernels, as the library's own probe sees it.
  package static func feature(_ feature: KernelFeature) -> Self {
    .enabled(if: (try? feature.isSupported()) != false, "this kernel lacks \(feature)")
  }

  /// For tests that use a second CPU.
  package static var severalCPUs: Self {
    .enabled(if: (try? OnlineCPUs.current().count) != 1, "this kernel lacks a second CPU that is online")
  }

  /// For tests of a type of map.
  package static func mapType(_ type: MapType) -> Self {
    .enabled(if: (try? type.isSupported()) != false, "this kernel lacks maps of type \(type)")
  }
}

extension ObjectFile {
  /// Leaves programs out that the running kernel is too old for, going by their sections.
  package mutating func leaveOutWhatIsTooNew() {
    for name in programs.names {
      guard let section = programs[name]?.sectionName,
        let release = Self.releases.first(where: { section.contains($0.section) })?.release
      else { continue }
      if KernelRelease.isOlder(than: release) { programs[name]?.isLoaded = false }
    }
  }

  /// Since when Linux loads programs of sections with these words. Others it loads, but cannot attach.
  private static let releases: [(section: String, release: String)] = [
    ("uprobe.session", "6.13"), ("uprobe.s", "6.0"), ("netfilter", "6.4"), ("sk_skb/verdict", "5.13"),
    ("iter/cgroup", "6.1"), ("lsm_cgroup", "6.0"), ("_unix", "6.7"), ("fsession", "7.0"),
  ]
}
