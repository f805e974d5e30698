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

/// A kernel feature that depends on the build configuration or the vendor instead of the release.
package enum BuiltFeature: String {
  case kprobes = "kprobes (CONFIG_KPROBES)"
  /// kprobes on many functions with one link.
  case multiKprobes = "multi-kprobes (CONFIG_FPROBE)"
  /// fentry, fexit, fmod_ret, LSM hooks and freplace.
  case trampolines = "trampolines: tracing programs for functions"
  /// LSM programs. They run only if the kernel was started with the LSM `bpf`.
  case securityHooks = "LSM programs (CONFIG_BPF_LSM, and bpf in /sys/kernel/security/lsm)"
  case netkit = "netkit interfaces (CONFIG_NETKIT)"
  case signatures = "signatures of programs (CONFIG_SYSTEM_DATA_VERIFICATION)"

  /// Whether the running kernel has the feature.
  package var isAvailable: Bool {
    switch self {
    case .kprobes: access("/sys/bus/event_source/devices/kprobe/type", F_OK) == 0
    case .multiKprobes: Self.hasFprobes
    case .trampolines: Self.hasTrampolines
    case .securityHooks: Self.hasTrampolines && Self.hasActiveBPFModule
    case .netkit: Self.hasNetkit
    case .signatures: Self.hasSignatures
    }
  }

  private static let hasFprobes = hasFunction("register_fprobe_ips")
  private static let hasSignatures = hasFunction("verify_pkcs7_message_sig")
  private static let hasNetkit = hasFunction("netkit_link_attach")

  /// Returns whether /proc/kallsyms lists a function. grep reads it faster than a debug build of this package.
  private static func hasFunction(_ name: String) -> Bool {
    (try? Command.run("grep", ["-q", " \(name)$", "/proc/kallsyms"]))?.status == 0
  }

  /// Whether the kernel was started with the LSM `bpf`.
  private static let hasActiveBPFModule: Bool = {
    let file = "/sys/kernel/security/lsm"
    let active = (try? Command.run("cat", [file]))?.standardOutput
    return active?.split { ",\n".contains($0) }.contains("bpf") == true
  }()

  /// Whether the kernel has trampolines. If so, it rejects the program only because it finds no target function
  /// (`EINVAL`).
  private static let hasTrampolines: Bool = {
    // A program of type tracing, attach type fentry: r0 = 0; exit.
    var load = BPFCommand.ProgramLoad(type: 26)
    (load.expectedAttachType, load.attachBTFTypeID) = (24, 1)
    (load.license, load.instructions) = ("GPL", Instruction.returnZero.map(\.encoded))
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
  /// Enables tests of features that Linux has since a release, such as `6.4`.
  package static func kernel(since release: String) -> Self {
    .enabled(
      if: !KernelRelease.isOlder(than: release), "this kernel lacks features of Linux \(release)")
  }

  /// Enables tests of the library's behavior on kernels before a release, such as `5.15`.
  package static func kernel(before release: String) -> Self {
    .enabled(if: KernelRelease.isOlder(than: release), "this kernel lacks no feature of Linux \(release)")
  }

  /// Enables tests of a feature that some kernels are built without.
  package static func feature(_ feature: BuiltFeature) -> Self {
    .enabled(if: feature.isAvailable, "this kernel lacks \(feature.rawValue)")
  }

  /// Enables tests of a feature that some supported kernels lack, according to the library's probe.
  package static func feature(_ feature: KernelFeature) -> Self {
    .enabled(if: (try? feature.isSupported()) != false, "this kernel lacks \(feature)")
  }

  /// Enables tests that use a second CPU.
  package static var severalCPUs: Self {
    .enabled(if: (try? OnlineCPUs.current().count) != 1, "this kernel lacks a second CPU that is online")
  }

  /// Enables tests of a map type.
  package static func mapType(_ type: MapType) -> Self {
    .enabled(if: (try? type.isSupported()) != false, "this kernel lacks maps of type \(type)")
  }
}

extension ObjectFile {
  /// Excludes programs with sections that require a newer kernel than the running one.
  package mutating func excludeTooNewPrograms() {
    for name in programs.names {
      guard let section = programs[name]?.sectionName,
        let release = Self.releases.first(where: { section.contains($0.section) })?.release
      else { continue }
      if KernelRelease.isOlder(than: release) { programs[name]?.isLoaded = false }
    }
  }

  /// The releases since which Linux loads programs of sections with these names. Older kernels load other programs, but
  /// cannot attach them.
  private static let releases: [(section: String, release: String)] = [
    ("uprobe.session", "6.13"), ("uprobe.s", "6.0"), ("netfilter", "6.4"), ("sk_skb/verdict", "5.13"),
    ("iter/cgroup", "6.1"), ("lsm_cgroup", "6.0"), ("_unix", "6.7"), ("fsession", "7.0"),
  ]
}
