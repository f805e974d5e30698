//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CounterKernel
import Glibc
import Testing

/// Tests the object and the accessors that the plugin generated from the module CounterKernel.
@Suite("Kernel module")
struct KernelModuleTests {
  private func packet(_ number: UInt8, count: Int = 60) -> [UInt8] {
    var packet = [UInt8](repeating: 0, count: count)
    packet[protocolOffset] = number
    return packet
  }

  @Test("The object has the module's programs, maps and variables")
  func parts() throws {
    let file = try Counter.objectFile()
    #expect(file.name == "Counter")
    #expect(file.programs.names == ["count"])
    let map = try #require(file.maps["byProtocol"])
    #expect((map.type, map.keySize, map.valueSize, map.maxEntries) == (.hash, 4, 16, 256))
    #expect(file.variables["seen"]?.size == 8)
  }

  @Test("A program counts in a map that user space reads by the module's types", .loadingKernelModules)
  func counts() throws {
    let counter = try Counter.load()
    for _ in 0..<3 { #expect(try counter.programs.count.run(data: packet(6)).returnValue == 2) }
    #expect(try counter.programs.count.run(data: packet(17, count: 100)).returnValue == 2)
    #expect(try counter.programs.count.run(data: [UInt8](repeating: 0, count: 20)).returnValue == 1)
    let entries = try counter.maps.byProtocol.entries()
    let traffic = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    #expect(traffic == [6: Traffic(packets: 3, bytes: 180), 17: Traffic(packets: 1, bytes: 100)])
    #expect(try counter.variables.seen == 5)
    let last = try counter.variables.last
    #expect((last.size, last.number) == (100, 17))
    let traps = try counter.traps.count
    #expect(traps.count == 0 && traps.last == nil)
  }

  @Test("Records have the module's type, and constants are set before loading", .loadingKernelModules)
  func records() throws {
    var blueprint = try Counter.Blueprint()
    #expect(blueprint.variables.minimum == 24)
    blueprint.variables.minimum = 50
    let counter = try blueprint.load()
    #expect(try counter.programs.count.run(data: packet(6, count: 40)).returnValue == 1)
    #expect(try counter.programs.count.run(data: packet(6, count: 50)).returnValue == 2)
    var records: [Dropped] = []
    try RingBuffer([counter.maps.drops]).consume(as: Dropped.self) { records.append($0) }
    #expect(records == [Dropped(size: 40)])
  }
}

extension Trait where Self == ConditionTrait {
  /// Runs as root, on kernels that have `bpf_throw`, which the traps of kernel modules call: Linux 6.7.
  static var loadingKernelModules: Self {
    .enabled(if: geteuid() == 0 && hasTraps, "needs root, and kfunc bpf_throw of Linux 6.7")
  }

  private static var hasTraps: Bool {
    do {
      return try BTFTypes.vmlinux().find(.function, named: "bpf_throw") != nil
    } catch {
      // Any other failure is the tests' to report.
      return error.code != .unsupported
    }
  }
}
