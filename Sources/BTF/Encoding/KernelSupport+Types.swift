//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

extension KernelSupport {
  /// What of BTF the kernel understands; nil as long as nobody asked.
  package var knownTypeFeatures: BTFFeatures? { types.map(BTFFeatures.init(rawValue:)) }

  /// What of BTF the kernel understands; the first time it is asked, as by ``BTFFeatures/running()``.
  package func typeFeatures() throws(BPFError) -> BTFFeatures {
    if let knownTypeFeatures { return knownTypeFeatures }
    let features = try BTFFeatures.running()
    types = features.rawValue
    return features
  }
}
