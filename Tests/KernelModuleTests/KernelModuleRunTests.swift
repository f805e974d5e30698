//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import KernelFixtures
import Synchronization
import Testing

/// Runs programs of kernel modules, and compares what they leave in variables and maps.
@Suite("Runs of kernel modules", .kernel, .kernel(since: "6.7"), .compilers)
struct KernelModuleRunTests {
  private func load(_ source: String, isChecked: Bool = false) throws -> Object {
    let module = try withTemporaryDirectory { folder in
      try KernelModuleFixture.compile(
        ["Run.swift": source], named: "RunKernel", options: isChecked ? [] : ["-Ounchecked"], in: folder)
    }
    return try ObjectFile(bytes: #require(module.object, "\(module.messages)"), name: "run").load()
  }

  @Test(
    "A variable is changed in place: atomic additions of several CPUs are not lost", arguments: [false, true])
  func variable(isChecked: Bool) throws {
    let object = try load(
      """
      import BPFKernel
      let count = Variable<UInt64>(0)
      @section("xdp") func run(_ context: XDPContext) -> XDPAction {
        count.value.atomicAdd(1)
        return .pass
      }
      """, isChecked: isChecked)
    let program = try #require(object.programs["run"])
    let (runs, threads) = (500_000, 4)
    let failures = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let result = try? program.run(data: [UInt8](repeating: 0, count: 64), repetitions: runs)
      if result == nil { failures.add(1, ordering: .relaxed) }
    }
    #expect(failures.load(ordering: .relaxed) == 0)
    #expect(try object.variable("count", as: UInt64.self) == UInt64(runs * threads))
  }

  @Test("A program finds the longest prefix of an address, and inserts a longer one beside it")
  func longestPrefix() throws {
    let object = try load(
      """
      import BPFKernel
      let routes = LPMTrieMap<IPv4Address, UInt64>(maxEntries: 8)
      @section("xdp") func run(_ context: XDPContext) -> XDPAction {
        routes.update(AddressPrefix(host: IPv4Address(10, 1, 0, 1)), to: 7)
        let isFound = routes.withValue(of: IPv4Address(10, 1, 0, 2)) { $0.atomicAdd(1) } != nil
        return isFound && routes.lookup(IPv4Address(11, 0, 0, 1)) == nil ? .drop : .pass
      }
      """)
    let routes = try object.map("routes")
    let network: [UInt8] = [8, 0, 0, 0, 10, 0, 0, 0]
    try routes.update(network, to: [5, 0, 0, 0, 0, 0, 0, 0])
    let program = try #require(object.programs["run"])
    #expect(try program.run(data: [UInt8](repeating: 0, count: 64)).returnValue == 1)
    #expect(try routes.lookup([32, 0, 0, 0, 10, 1, 0, 1]) == [7, 0, 0, 0, 0, 0, 0, 0])
    #expect(try routes.lookup(network) == [6, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("A constant of 128 bits has both halves", arguments: [false, true])
  func wideConstant(isChecked: Bool) throws {
    let object = try load(
      """
      import BPFKernel
      let wide = Constant<UInt128>(0x1_0000_0000_0000_0002)
      nonisolated(unsafe) var halves: (UInt64, UInt64) = (0, 0)
      @section("xdp") func run(_ context: XDPContext) -> XDPAction {
        let value = wide.value
        halves = (UInt64(truncatingIfNeeded: value), UInt64(truncatingIfNeeded: value >> 64))
        return .pass
      }
      """, isChecked: isChecked)
    _ = try #require(object.programs["run"]).run(data: [UInt8](repeating: 0, count: 64))
    #expect(try object.variableBytes("halves") == [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
  }
}
