//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

@_exported public import NetworkTypes

/// Traps on the host, where neither maps nor helpers exist. In the kernel it is nothing.
@inline(__always)
func requireKernel() {
  #if !hasFeature(Embedded)
  preconditionFailure("maps and helpers of BPFKernel work only in the kernel")
  #endif
}
