//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads
// runs: s = -1
// runs: e = 0
// then: a[50] = 1

import BPFKernel

let a = HashMap<UInt32, UInt64>(maxEntries: 100)

@section("socket") func s(_ c: SocketFilterContext) -> Int32 {
  a.withValue(of: c.length, default: 0) { $0.atomicAdd(1) }; return c.load(UInt8.self, at: 9) == 17 ? -1 : 0
}

@section("cgroup_skb/egress") func e(_ c: CgroupSKBContext) -> Permission {
  c.packet.load(IPv4Header.self)?.protocol == .udp ? .deny : .allow
}

@section("cgroup/connect4") func con(_ c: SocketAddressContext) -> Permission {
  if c.port == 80 { c.address = .loopback; c.port = 8080 }; return .allow
}

@section("cgroup/sock_create") func sc(_ c: SocketContext) -> Permission { c.family == 2 ? .allow : .deny }

@section("cgroup/dev") func dev(_ c: CgroupDeviceContext) -> Permission {
  c.major == 1 && !c.isBlock ? .allow : .deny
}

@section("cgroup/sysctl") func sy(_ c: SysctlContext) -> Permission { c.isWrite ? .deny : .allow }

@section("cgroup/getsockopt") func so(_ c: SocketOptionContext) -> Permission {
  c.level == 1 && c.option == 2 ? .deny : .allow
}

@section("sk_lookup") func lo(_ c: SKLookupContext) -> SKAction { c.localPort == 80 ? .drop : .pass }
