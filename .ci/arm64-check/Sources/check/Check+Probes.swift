//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Glibc

extension Check {
  static func probes(_ programs: Programs) -> [Check] {
    [
      Check(name: "uprobe: arguments") {
        let object = try programs.load(["on_call"], of: "probes")
        let link = try object.program("on_call").attach(toUprobe: "probed_sum", of: programs.library)
        try expect(try programs.call("probed_sum", 31, 11), 42)
        try link.detach()
        let arguments: [6 of Int] = try object.arguments()
        try expect([arguments[0], arguments[1]], [31, 11], "arguments")
      },
      Check(name: "uretprobe: result") {
        let object = try programs.load(["on_return"], of: "probes")
        let link = try object.program("on_return").attach(
          toUprobe: "probed_product", of: programs.library, isReturn: true)
        try expect(try programs.call("probed_product", 6, 7), 42)
        try link.detach()
        try expect(try object.variable("result", as: Int.self), 42)
      },
      Check(name: "uprobes on several functions", isOptional: true) {
        let object = try programs.load(["on_many"], of: "probes")
        let link = try object.program("on_many").attach(
          toUprobes: ["probed_sum", "probed_product"], of: programs.library)
        _ = try programs.call("probed_sum", 1, 2)
        _ = try programs.call("probed_product", 1, 2)
        try link.detach()
        try expect(try object.calls, 2, "events")
      },
      usdt("on_single_static", programs),
      usdt("on_static", programs),
      Check(name: "functions of the C library") {
        try expect(
          try !ExecutableFile("libc.so.6").functions(matching: "getppid").isEmpty, "getppid is found")
      },
    ]
  }

  /// Checks the arguments of a USDT probe in registers and memory, its cookie, and its semaphore.
  private static func usdt(_ name: String, _ programs: Programs) -> Check {
    Check(name: "USDT: \(name)") {
      let object = try programs.load([name], of: "probes")
      let link = try object.program(name).attach(
        toUSDT: "static", provider: "probed", of: programs.library, process: 0, cookie: 5)
      let table = [10, 20, 30]
      try table.withUnsafeBufferPointer {
        _ = try programs.call("probed_static", -100, Int(bitPattern: $0.baseAddress), 2)
      }
      let seen: [6 of Int] = try object.arguments()
      try expect([seen[0], seen[2], seen[3], seen[4], seen[5]], [-100, 7, 30, -42, 156], "arguments")
      try expect(try object.variable("cookie", as: UInt64.self), 5, "cookie")
      try expect(try object.variable("result", as: Int.self), 6, "number of arguments")
      try link.detach()
      let counted = try object.program(name).attach(
        toUSDT: "counted", provider: "probed", of: programs.library)
      try expect(try programs.call("probed_counted", 0) & 0xffff >= 1, "the semaphore is incremented")
      try counted.detach()
    }
  }
}
