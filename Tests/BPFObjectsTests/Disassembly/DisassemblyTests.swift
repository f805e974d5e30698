//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Compares disassemblies line by line with those of bpftool.
@Suite("Disassembly of programs", .kernel, .bpftool, .sources)
struct DisassemblyTests {
  @Test(
    "Disassembles each program of the fixtures as bpftool does",
    arguments: [
      "counter", "globals", "subprograms", "functions", "callbacks", "tail_calls", "kfuncs", "kconfig",
      "core_fields", "timers", "system_call", "variables", "xdp", "iterators", "spin_lock", "ring_buffer",
      "fragments", "struct_ops", "arena",
    ])
  func sameAsBpftool(_ name: String) throws {
    var file = try ObjectFixture.object(name)
    file.excludeTooNewPrograms()
    let object = try file.load()
    #expect(!object.programs.isEmpty)
    for (_, program) in object.programs { try compare(program) }
  }

  private func compare(_ program: Program) throws {
    let theirs = try Bpftool.text("prog", "dump", "xlated", "id", "\(program.id)")
      .split(separator: "\n", omittingEmptySubsequences: true)
    let ours = try program.disassembly(.bpftool).description.split(separator: "\n")
    #expect(ours.count == theirs.count)
    for (ours, theirs) in zip(ours, theirs) { #expect(Self.old(ours) == theirs, "\(program)") }
  }

  /// Returns a line in the notation of bpftool 7.1, which prints a conversion to an address of this CPU as a move.
  private static func old(_ line: Substring) -> Substring {
    let conversion = "&(void __percpu *)("
    guard let start = line.firstRange(of: conversion) else { return line }
    return line[..<start.lowerBound] + line[start.upperBound...].dropLast()
  }
}
