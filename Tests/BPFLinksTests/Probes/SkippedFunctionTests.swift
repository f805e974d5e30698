//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import KernelFixtures
import Testing

@Suite("Functions that cannot be probed", .serialized, .bpftool)
struct SkippedFunctionTests {
  @Test("Attaching by pattern skips them, and the link lists them with reasons", .kernel(since: "6.8"))
  func patterns() throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    let link = try programs["on_many"].attach(toUprobesMatching: "mixed_*", of: path, cookie: 9)
    #expect(link.skippedFunctions.map(\.name) == ["mixed_first_refused", "mixed_second_refused"])
    #expect(link.skippedFunctions.allSatisfy { $0.errno != nil && $0.reason.contains("instruction") })
    #expect(link.target == "2 of 4 uprobes on '\(path)'")
    for name in ["mixed_taken", "mixed_taken_too"] {
      #expect(try programs.seen(name) == 1)
      #expect(try programs.object.variable("cookie") == UInt64(9))
    }
    let target = try #require(link.info().target.uprobeMulti)
    let taken = try ExecutableFile(path).offsets(of: ["mixed_taken", "mixed_taken_too"])
    #expect(Set(target.offsets) == Set(taken))
    try link.detach()
    #expect(try eventually { try programs.seen("mixed_taken") == 0 })
    #expect(
      try programs["on_many"].attach(toUprobesMatching: "mixed_taken*", of: path).skippedFunctions == [])
  }

  @Test("Attaching by name or offset throws an error that names them", .kernel(since: "6.6"))
  func lists() throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    let names = ["mixed_taken", "mixed_second_refused", "probed_sum"]
    let named = #expect(throws: BPFError.self) { try programs["on_many"].attach(toUprobes: names, of: path) }
    #expect(named?.code == .unsupported)
    #expect(named?.explanation.contains("'mixed_second_refused': the kernel cannot probe") == true)
    #expect(named?.explanation.contains("mixed_taken") == false)
    let offsets = try ExecutableFile(path).offsets(of: names)
    let byOffset = #expect(throws: BPFError.self) {
      try programs["on_many"].attach(toUprobesAt: offsets, of: path, cookies: [1, 2, 3])
    }
    #expect(byOffset?.code == .unsupported)
    #expect(byOffset?.explanation.contains("offset 0x\(String(offsets[1], radix: 16))") == true)
    // No function is left to probe.
    let all = #expect(throws: BPFError.self) {
      try programs["on_many"].attach(toUprobesMatching: "mixed_*_refused", of: path)
    }
    #expect(all?.code == .unsupported || all?.code == .invalidArgument)
    let single = #expect(throws: BPFError.self) {
      try programs["on_many"].attach(toUprobes: ["mixed_second_refused"], of: path)
    }
    #expect(single?.code == .unsupported)
    #expect(try programs.seen() == 0)
  }

  @Test("Skips and lists IFUNC functions", .kernel(since: "6.6"))
  func indirect() throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    let link = try programs["on_many"].attach(toUprobesMatching: "probed_*", of: path)
    #expect(link.skippedFunctions.map(\.name) == ["probed_indirect"])
    #expect(link.skippedFunctions.first?.reason.contains("IFUNC") == true)
    let none = #expect(throws: BPFError.self) {
      try programs["on_many"].attach(toUprobesMatching: "probed_indirec?", of: path)
    }
    #expect(none?.code == .notFound && none?.explanation.contains("IFUNC") == true)
  }

  @Test(
    "Attaches to the C library's thread functions, except those that cannot be probed",
    .kernel(since: "6.8"))
  func threads() throws {
    let programs = try ProbePrograms()
    let link = try programs["on_many"].attach(toUprobesMatching: "pthread_*", of: "libc.so.6", process: 0)
    let target = try #require(link.info().target.uprobeMulti)
    let functions = try ExecutableFile("libc.so.6").functions(matching: "pthread_*")
    let refused = link.skippedFunctions.filter { $0.errno != nil }
    #expect(target.offsets.count == functions.count - refused.count && target.offsets.count > 20)
  }

  @Test("Finds the rejected probes among many in few attempts")
  func search() throws {
    var generator = SystemRandomNumberGenerator()
    for count in [2, 3, 7, 64, 1000] {
      for bad in [1, 2, count / 3, count / 2] where bad > 0 && bad < count {
        let refused = Set((0..<count).shuffled(using: &generator).prefix(bad))
        var attempts = 0
        let found = try RefusedProbes.among(count, refusedWith: .ioError, answers: [.ioError, .notSupported])
        {
          (part) throws(Errno) in
          attempts += 1
          if part.contains(where: refused.contains) { throw .notSupported }
        }
        #expect(found.map(\.index) == refused.sorted())
        let digits = Int.bitWidth - count.leadingZeroBitCount
        #expect(attempts <= 2 * bad * digits)
      }
    }
  }

  @Test("Stops the search early if all probes are rejected")
  func allRejected() {
    var attempts = 0
    let all = #expect(throws: Errno.self) {
      try RefusedProbes.among(1 << 20, refusedWith: .ioError, answers: [.ioError]) { (_) throws(Errno) in
        attempts += 1
        throw .ioError
      }
    }
    #expect(all == .ioError && attempts < 300)
    let other = #expect(throws: Errno.self) {
      try RefusedProbes.among(10, refusedWith: .ioError, answers: [.ioError]) { (_) throws(Errno) in
        throw .notPermitted
      }
    }
    #expect(other == .notPermitted)
    let unsearched = #expect(throws: Errno.self) {
      try RefusedProbes.among(10, refusedWith: .noMemory, answers: [.ioError]) { (_) throws(Errno) in }
    }
    #expect(unsearched == .noMemory)
  }

  @Test("Returns the names of kernel functions by their addresses")
  func kernelNames() {
    let text =
      "ffffffff81000000 T first\nffffffff81000010 t second\t[module]\nffffffff81000010 t alias\nbad\n"
    #expect(
      KernelFunctions.names(of: [0xffff_ffff_8100_0010, 0x10, 0xffff_ffff_8100_0000], in: Array(text.utf8))
        == ["second", "0x10", "first"])
  }
}
