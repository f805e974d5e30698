//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The example packetcount with both halves in Swift: the program is in the module PacketCountKernel.
//
//     packetcount-swift INTERFACE [NETWORK...]     a table each second, until Ctrl-C
//     packetcount-swift                            one table, for packets through a virtual cable
//
//     FAMILY  KIND    PACKETS BYTES
//     IPV4    TCP     20      2680
//     IPV4    UDP     8       1072
//     IPV6    UDP     30      4620
//     dropped from 198.51.100.0/24: 5

import BPF
import Glibc
import PacketCountKernel
import VirtualCable

let arguments = CommandLine.arguments.dropFirst()
do {
  let cable = try arguments.isEmpty ? VirtualCable(to: "cable") : nil
  let networks = arguments.isEmpty ? ["198.51.100.0/24", "2001:db8:bad::/48"] : arguments.dropFirst()

  let packetCount = try PacketCount.load()
  for network in networks { try packetCount.block(network) }
  // The link keeps the program attached while it exists: here until the end.
  let link = try packetCount.programs.filter.attach(
    toXDPOf: NetworkInterface(named: arguments.first ?? "cable"))
  defer { withExtendedLifetime(link) {} }

  if let cable {
    try cable.send(1, .icmp, from: "192.0.2.1")
    try cable.send(20, .tcp, from: "192.0.2.1")
    try cable.send(3, .udp, from: "192.0.2.1")
    try cable.send(5, .udp, from: "198.51.100.7")
    try cable.send(2, .icmpv6, from: "2001:db8::1")
    try cable.send(30, .udp, from: "2001:db8::1")
    try cable.send(4, .tcp, from: "2001:db8:bad::7")
    // The packets arrive at the other end a moment later.
    for _ in 1...1000 where try packetCount.packets() < 65 { usleep(1000) }
    try packetCount.printTable()
  } else {
    while true {
      sleep(1)
      try packetCount.printTable()
    }
  }
} catch {
  // Without this, the error would end the process with a stack trace.
  _ = try? FileDescriptor.standardError.writeAll("\(error)\n".utf8)
  exit(1)
}

extension PacketCount {
  /// Blocks packets from a network, such as `10.0.0.0/8` or `fd00::/8`.
  func block(_ network: String) throws {
    if let network = AddressPrefix<IPv4Address>(network) {
      try maps.blockedIPv4.update(network, to: 0)
    } else if let network = AddressPrefix<IPv6Address>(network) {
      try maps.blockedIPv6.update(network, to: 0)
    } else {
      print("\(network) is not a network")
      exit(64)
    }
  }

  /// Returns the number of packets received so far.
  func packets() throws -> UInt64 {
    try maps.received.values().joined().reduce(0) { $0 + $1.packets }
  }

  /// Prints the packets received and dropped so far.
  func printTable() throws {
    print("FAMILY", "KIND", "PACKETS", "BYTES", separator: "\t")
    let received = try maps.received.entries().sorted {
      ($0.key.version, $0.key.transport) < ($1.key.version, $1.key.transport)
    }
    for (kind, traffic) in received {
      // Each CPU has its own counters.
      let packets = traffic.reduce(0) { $0 + $1.packets }
      let bytes = traffic.reduce(0) { $0 + $1.bytes }
      print(kind.family, kind.name, packets, bytes, separator: "\t")
    }
    for (network, packets) in try maps.blockedIPv4.entries() { print("dropped from \(network): \(packets)") }
    for (network, packets) in try maps.blockedIPv6.entries() { print("dropped from \(network): \(packets)") }
    print()
    fflush(nil)
  }
}

extension Kind {
  /// The name of the address family.
  var family: String { "IPV\(version)" }

  /// The name of the protocol, or its number.
  var name: String {
    switch transport {
    case 1: "ICMP"
    case 6: "TCP"
    case 17: "UDP"
    case 58: "ICMPV6"
    default: "\(transport)"
    }
  }
}
