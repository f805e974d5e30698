//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

extension KernelSupport {
  /// The BTF features of the kernel; nil until probed.
  package var knownTypeFeatures: BTFFeatures? { types.known.map(BTFFeatures.init(rawValue:)) }

  /// Returns the BTF features of the kernel, as ``BTFFeatures/running()`` does. Probes until the kernel answers.
  package func typeFeatures() throws(BPFError) -> BTFFeatures {
    BTFFeatures(rawValue: try types.get { () throws(BPFError) in try BTFFeatures.running().rawValue })
  }
}
