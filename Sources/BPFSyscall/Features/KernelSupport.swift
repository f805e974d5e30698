//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// What is known of a kernel's features: what it was asked, and answered.
///
/// The answers of the running kernel never change, so that whoever asks shares them. Only answers are kept: see
/// ``KernelAnswer``. A test makes its own, for a kernel
/// that is to seem older than it is.
package final class KernelSupport: Sendable {
  /// What the process knows of the running kernel.
  package static let running = KernelSupport()

  private let features: [KernelFeature: KernelAnswer<Bool>]

  /// What of BTF the kernel understands, as the BTF module numbers it.
  package let types: KernelAnswer<UInt32>

  /// Nothing is known but that some features are missing.
  ///
  /// - Parameter types: what of BTF the kernel understands, as the BTF module numbers it; nil if not known.
  package init(without missing: Set<KernelFeature> = [], types: UInt32? = nil) {
    let answers = KernelFeature.allCases.map { feature in
      (feature, missing.contains(feature) ? KernelAnswer(known: false) : KernelAnswer<Bool>())
    }
    features = Dictionary(uniqueKeysWithValues: answers)
    self.types = types.map { KernelAnswer(known: $0) } ?? KernelAnswer()
  }

  /// Whether the kernel was asked for a feature, and had not got it. No system call.
  package func isKnownToLack(_ feature: KernelFeature) -> Bool { features[feature]?.known == false }

  /// Whether the kernel has a feature. It is asked until it has answered.
  package func has(_ feature: KernelFeature) throws(BPFError) -> Bool {
    guard let answer = features[feature] else { return try feature.probe() }
    return try answer.get { () throws(BPFError) in try feature.probe() }
  }

  /// Whether the kernel lacks a feature; false also if it does not tell.
  package func lacks(_ feature: KernelFeature) -> Bool { (try? has(feature)) == false }
}

// MARK: - Memory

extension KernelSupport {
  /// What may be in the way of one whom the kernel refused (`EPERM`) and who has the privileges: the limit on memory of
  /// kernels before 5.11. nil if it is not that.
  ///
  /// It is never changed here: it is the whole process's.
  package var memoryLimitAdvice: String? {
    guard countsLockedMemory else { return nil }
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0,
      limit.rlim_cur != rlim_t.max
    else { return nil }
    return
      "kernels before \(KernelFeature.memoryAccounting.minimumKernelVersion) count the memory of maps and "
      + "programs against RLIMIT_MEMLOCK, which is \(limit.rlim_cur) bytes for this process: raise it (setrlimit(2), "
      + "'ulimit -l', LimitMEMLOCK= of systemd)"
  }

  /// Whether the kernel counts memory against the limit: if it does not let this process ask, its release tells.
  private var countsLockedMemory: Bool {
    do throws(BPFError) {
      return try !has(.memoryAccounting)
    } catch {
      return KernelRelease.isOlder(than: KernelFeature.memoryAccounting.minimumKernelVersion)
    }
  }
}
