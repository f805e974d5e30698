//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF

/// The known features of a kernel: cached answers to probes.
///
/// The running kernel's answers never change, so the whole process shares them. Only answers are cached: see
/// ``KernelAnswer``. Tests create their own instance to simulate an older kernel.
package final class KernelSupport: Sendable {
  /// The answers of the running kernel.
  package static let running = KernelSupport()

  private let features: [KernelFeature: KernelAnswer<Bool>]

  /// The BTF features that the kernel understands, as the BTF module numbers them.
  package let types: KernelAnswer<UInt32>

  /// Creates an instance in which only missing features are known.
  ///
  /// - Parameter types: the BTF features that the kernel understands, as the BTF module numbers them; nil if unknown.
  package init(without missing: Set<KernelFeature> = [], types: UInt32? = nil) {
    let answers = KernelFeature.allCases.map { feature in
      (feature, missing.contains(feature) ? KernelAnswer(known: false) : KernelAnswer<Bool>())
    }
    features = Dictionary(uniqueKeysWithValues: answers)
    self.types = types.map { KernelAnswer(known: $0) } ?? KernelAnswer()
  }

  /// Returns whether a probe has already shown that the kernel lacks a feature. Makes no system call.
  package func isKnownToLack(_ feature: KernelFeature) -> Bool { features[feature]?.known == false }

  /// Returns whether the kernel has a feature, probing until it answers.
  package func has(_ feature: KernelFeature) throws(BPFError) -> Bool {
    guard let answer = features[feature] else { return try feature.probe() }
    return try answer.get { () throws(BPFError) in try feature.probe() }
  }

  /// Returns whether the kernel lacks a feature; false also if the kernel does not answer.
  package func lacks(_ feature: KernelFeature) -> Bool { (try? has(feature)) == false }
}

// MARK: - Memory

extension KernelSupport {
  /// Advice for `EPERM` when the capabilities are present: `RLIMIT_MEMLOCK` before Linux 5.11. Nil if the limit is not
  /// the cause.
  ///
  /// The library never changes the limit, which applies to the whole process.
  package var memoryLimitAdvice: String? {
    guard countsLockedMemory else { return nil }
    var limit: UInt64 = 0
    guard unsafe linux_locked_memory_limit(&limit) == 0, limit != UInt64.max else { return nil }
    return
      "kernels before \(KernelFeature.memoryAccounting.minimumKernelVersion) count the memory of maps and "
      + "programs against RLIMIT_MEMLOCK, which is \(limit) bytes for this process: raise it (setrlimit(2), "
      + "'ulimit -l', LimitMEMLOCK= of systemd)"
  }

  /// Whether the kernel counts memory against the limit. If the process may not probe, the kernel's release decides.
  private var countsLockedMemory: Bool {
    do throws(BPFError) {
      return try !has(.memoryAccounting)
    } catch {
      return KernelRelease.isOlder(than: KernelFeature.memoryAccounting.minimumKernelVersion)
    }
  }
}
