//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc
internal import Synchronization

/// What is known of a kernel's features: what it was asked, and answered.
///
/// The answers of the running kernel never change, so that whoever asks shares them. A test makes its own, for a kernel
/// that is to seem older than it is.
package final class KernelSupport: Sendable {
  /// What the process knows of the running kernel.
  package static let running = KernelSupport()

  private struct Answers {
    var features: [KernelFeature: Bool] = [:]
    var types: UInt32?
  }

  private let answers: Mutex<Answers>

  /// Nothing is known but that some features are missing.
  ///
  /// - Parameter types: what of BTF the kernel understands, as the BTF module numbers it; nil if not known.
  package init(without missing: Set<KernelFeature> = [], types: UInt32? = nil) {
    answers = Mutex(
      Answers(
        features: Dictionary(missing.map { ($0, false) }, uniquingKeysWith: { first, _ in first }),
        types: types))
  }

  /// Whether the kernel was asked for a feature, and had not got it. No system call.
  package func isKnownToLack(_ feature: KernelFeature) -> Bool {
    answers.withLock { $0.features[feature] } == false
  }

  /// Whether the kernel has a feature; the first time it is asked.
  package func has(_ feature: KernelFeature) throws(BPFError) -> Bool {
    if let known = answers.withLock({ $0.features[feature] }) { return known }
    let answer = try feature.probe()
    answers.withLock { $0.features[feature] = answer }
    return answer
  }

  /// Whether the kernel lacks a feature; false also if it does not tell. The first time it is asked.
  package func lacks(_ feature: KernelFeature) -> Bool { (try? has(feature)) == false }

  /// What of BTF the kernel understands, as the BTF module numbers it; nil as long as nobody asked.
  package var types: UInt32? {
    get { answers.withLock { $0.types } }
    set { answers.withLock { $0.types = newValue } }
  }
}

// MARK: - Memory

extension KernelSupport {
  /// What may be in the way of one whom the kernel refused (`EPERM`) and who has the privileges: the limit on memory of
  /// kernels before 5.11. nil if it is not that.
  ///
  /// It is never changed here: it is the whole process's.
  package var memoryLimitAdvice: String? {
    if (try? has(.memoryAccounting)) == true { return nil }
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0,
      limit.rlim_cur != rlim_t.max
    else { return nil }
    return
      "kernels before \(KernelFeature.memoryAccounting.minimumKernelVersion) count the memory of maps and "
      + "programs against RLIMIT_MEMLOCK, which is \(limit.rlim_cur) bytes for this process: raise it (setrlimit(2), "
      + "'ulimit -l', LimitMEMLOCK= of systemd)"
  }
}
