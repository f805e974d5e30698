//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Glibc

do {
  // The build plugin generates `PacketKinds` from packet_kinds.bpf.c.
  var blueprint = try PacketKinds.Blueprint()
  blueprint.variables.shortest = 60
  let counter = try blueprint.load()

  // The kernel runs the program on these packets without a network.
  for (type, size) in [(0x0800, 60), (0x0800, 1500), (0x86dd, 80), (0x0806, 60), (0x0806, 42)]
    as [(UInt16, Int)]
  {
    _ = try counter.programs.count.run(data: frame(ofType: type, size: size))
  }

  for (kind, traffic) in try counter.maps.traffic.entries().sorted(by: { $0.key < $1.key }) {
    print("\(kind): packets \(traffic.packets), bytes \(traffic.bytes)")
  }
  print("shorter than \(try counter.variables.shortest): \(try counter.variables.ignored)")
} catch {
  // Without this, the error would end the process with a stack trace.
  _ = try? FileDescriptor.standardError.writeAll("\(error)\n".utf8)
  exit(1)
}

/// Returns an Ethernet frame: two addresses, the EtherType, and the payload.
func frame(ofType type: UInt16, size: Int) -> [UInt8] {
  [UInt8](repeating: 0, count: 12) + [UInt8(type >> 8), UInt8(type & 0xff)]
    + [UInt8](repeating: 0, count: size - 14)
}
