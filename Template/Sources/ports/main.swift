// Counts the packets that an interface receives by their destination port: ports INTERFACE

import BPF
import Glibc
import PortsKernel

guard CommandLine.arguments.count == 2 else {
  print("usage: ports INTERFACE")
  exit(64)
}

do {
  let object = try Ports.load()
  // The link keeps the program attached while it exists: here until the end.
  let link = try object.programs.count.attach(toXDPOf: NetworkInterface(named: CommandLine.arguments[1]))
  defer { withExtendedLifetime(link) {} }

  while true {
    sleep(1)
    print("PORT", "PACKETS", "BYTES", separator: "\t")
    for (port, traffic) in try object.maps.ports.entries().sorted(by: { $0.key < $1.key }) {
      print(port, traffic.packets, traffic.bytes, separator: "\t")
    }
    fflush(nil)
  }
} catch {
  // Without this, the error would end the process with a stack trace.
  _ = try? FileDescriptor.standardError.writeAll("\(error)\n".utf8)
  exit(1)
}
