//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Testing

@testable import BPFSyscall

@Suite("Possible CPUs")
struct PossibleCPUsTests {
  @Test(
    "Parses the kernel's lists",
    arguments: [
      ("0\n", [0]), ("0-3\n", [0, 1, 2, 3]), ("0-1,4-5,9", [0, 1, 4, 5, 9]), ("2,7", [2, 7]),
    ])
  func lists(text: String, ids: [Int]) {
    #expect(PossibleCPUs(parsing: text)?.ids == ids)
  }

  @Test(
    "Rejects a text that is not a list",
    arguments: ["", "\n", "-", "0-", "-3", "3-1", "0,,1", "1,0", "0-2,2", "a", "0-1-2", "99999999999"])
  func refusals(text: String) {
    #expect(PossibleCPUs(parsing: text) == nil)
  }

  @Test("Repeated ranges are rejected without using memory for each")
  func repeatedRanges() {
    #expect(PossibleCPUs(parsing: String(repeating: "0-65535,", count: 100_000) + "0") == nil)
  }

  @Test("This machine's CPUs match /sys")
  func machine() throws {
    let cpus = try PossibleCPUs.current()
    #expect(cpus.count >= 1)
    #expect(cpus.ids.first == 0)
    #expect(try KernelFile.read("/sys/devices/system/cpu/possible").hasPrefix("\(cpus.ids[0])"))
  }
}
