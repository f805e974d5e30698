//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads

import BPFKernel

let m = SockMap(maxEntries: 4)
let h = SockHash<UInt64>(maxEntries: 4)

@section("sockops") func p(_ c: SockOpsContext) -> Permission {
  if c.operation == 4 && c.localPort == 80 { m.insert(c, at: 1); h.insert(c, at: UInt64(c.remotePort)) };
  return .allow
}

@section("sk_msg") func msg(_ c: SKMessageContext) -> SKAction {
  c.size > 100 && c.localPort == 80 ? m.redirect(c, to: 1) : h.redirect(c, to: 5, ingress: true)
}

@section("sk_skb/stream_verdict") func verdict(_ c: SKBuffContext) -> SKAction {
  c.length > 100 ? m.redirect(c, to: 1) : h.redirect(c, to: 5, ingress: true)
}
