//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

extension KernelSupport {
  /// What of BTF the kernel understands; nil until it was asked.
  package var knownTypeFeatures: BTFFeatures? { types.known.map(BTFFeatures.init(rawValue:)) }

  /// What of BTF the kernel understands, as by ``BTFFeatures/running()``. It is asked until it has answered.
  package func typeFeatures() throws(BPFError) -> BTFFeatures {
    BTFFeatures(rawValue: try types.get { () throws(BPFError) in try BTFFeatures.running().rawValue })
  }
}
