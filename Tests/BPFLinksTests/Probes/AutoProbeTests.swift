//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Probes specified by section names", .serialized, .kernel)
struct AutoProbeTests {
  private func load(_ library: ProbedLibrary, _ definitions: [String] = []) throws -> Object {
    var file = try library.object("probes_by_name") { ["LIBRARY=\"\($0)\""] + definitions }
    try file.setVariable("process", to: getpid())
    return try file.load()
  }

  @Test(
    "Attaches all programs of an object whose sections specify a target",
    .kernel(since: "6.13"))
  func sections() throws {
    let library = try ProbedLibrary()
    let object = try load(library)
    let links = try object.attach()
    #expect(
      Set(links.keys) == [
        "on_sum", "on_sum_return", "on_libc", "on_pattern", "on_pattern_return", "on_session",
      ])
    #expect(try library.call("probed_sum", 1, 2) == 3)
    _ = getsid(0)
    let hits: [10 of UInt64] = try object.variable("hits")
    // If single-stepping over a breakpoint is interrupted, the kernel hits it again, so more than one hit is valid.
    let least: [UInt64] = [1, 1, 1, 1, 1, 2]
    for (index, least) in least.enumerated() { #expect(hits[index] >= least) }
    for index in least.count..<10 { #expect(hits[index] == 0) }
    for link in links.values { try link.detach() }
    // Other processes may briefly hold copies of the links' descriptors.
    #expect(
      try eventually {
        let before: [10 of UInt64] = try object.variable("hits")
        _ = try library.call("probed_sum", 1, 2)
        let after: [10 of UInt64] = try object.variable("hits")
        return before.indices.allSatisfy { before[$0] == after[$0] }
      })
  }

  @Test(
    "A USDT section name suffices, and one link covers all locations of the probe",
    .kernel(since: "6.6"))
  func usdtProbes() throws {
    let programs = try ProbePrograms(definitions: { ["STATIC=\"usdt/\($0):probed:twice\""] })
    let program = try programs["on_static"]
    let link = try program.attach()
    #expect(link.type == .uprobeMulti)
    #expect(try programs.seen("probed_twice", 9) == 2)
    try link.detach()
    #expect(try eventually { try programs.seen("probed_twice", 9) == 0 })
  }

  @Test("The error for an incomplete section name tells the format or the call to use")
  func incomplete() throws {
    let library = try ProbedLibrary()
    let object = try load(library, ["DAMAGED"])
    func refusal(_ name: String) throws -> BPFError? {
      let program = try #require(object.programs[name])
      return #expect(throws: BPFError.self) { try program.attach() }
    }
    #expect(try refusal("on_nothing")?.explanation.contains("attach(toUprobe:of:)") == true)
    #expect(try refusal("on_no_static_probe")?.explanation.contains("attach(toUSDT:provider:of:)") == true)
    #expect(try refusal("on_no_function")?.explanation.contains("'uprobe/FILE:FUNCTION'") == true)
    #expect(try refusal("on_no_name")?.explanation.contains("'usdt/FILE:PROVIDER:NAME'") == true)
    #expect(try refusal("on_no_file")?.code == .invalidArgument)
    // These are rejected only on kernels without kprobes.
    for (name, feature) in [
      ("on_kernel", BuiltFeature.kprobes), ("on_system_call", .kprobes), ("on_many_kernel", .multiKprobes),
    ] {
      let program = try #require(object.programs[name])
      var refusal: BPFError?
      do throws(BPFError) { try program.attach().detach() } catch { refusal = error }
      #expect(refusal?.code == (feature.isAvailable ? nil : .unsupported), "\(refusal as Any)")
    }
  }
}
