//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFSyscall
import FuzzSupport

/// Fuzzes the parser of netlink answers: messages, attributes, and nested attributes.
@main
enum FuzzNetlink {
  static func main() {
    Fuzzer.run { bytes in
      let messages = NetlinkMessage.all(in: bytes)
      Fuzzer.require(
        messages.reduce(0) { $0 + 16 + $1.body.count } <= bytes.count,
        "the messages have more bytes than the input")
      for message in messages {
        Fuzzer.use((message.type, message.flags, message.sequence, message.explanation))
        Fuzzer.require(message.errno.map { $0 >= -CInt.max } != false, "not an errno")
        look(at: NetlinkAttribute.all(in: message.body), depth: 0)
        look(at: NetlinkAttribute.all(in: message.body.dropFirst(20)), depth: 0)
      }
    }
  }

  private static func look(at attributes: [NetlinkAttribute], depth: Int) {
    for attribute in attributes {
      Fuzzer.use((attribute.type, attribute.number(as: UInt32.self), attribute.number(as: UInt64.self)))
      if depth < 3 { look(at: attribute.nested, depth: depth + 1) }
    }
  }
}
