//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFCodeGeneration
import CKernelFixtures
import KernelFixtures
import SystemPackage
import Testing

/// Runs a program in Swift of each kind for an event of the kernel.
@Suite("Events of programs in Swift", .serialized, .kernel)
struct ProgramKindEventTests {
  @Test("A program without checks runs for its event", arguments: EventKind.all.filter(\.isKnown))
  func unchecked(_ kind: EventKind) async throws { try await expectToFire(kind, isChecked: false) }

  @Test(
    "A program with checks runs for its event", .kernel(since: "6.7"),
    arguments: EventKind.all.filter(\.isKnown))
  func checked(_ kind: EventKind) async throws { try await expectToFire(kind, isChecked: true) }

  /// Runs on a thread of a network namespace of its own.
  private func expectToFire(_ kind: EventKind, isChecked: Bool) async throws {
    let (before, after, seen) = try await Worker.run {
      try #require(kf_enter_network_namespace() == 0)
      let loaded = try LoadedKind(kind.program, isChecked: isChecked)
      let before = try loaded.runs
      try kind.fire(loaded)
      loaded.release()
      return (before, try loaded.runs, try loaded.seen)
    }
    #expect(before == 0 && after > 0)
    if let value = kind.value { #expect(seen == value) }
  }

  @Test("Each context has a program, and each program an event", .notEmulated(.asksNoKernel))
  func completeness() throws {
    let source = String(
      decoding: try KernelFile.bytes(of: LoadedKind.folder.appending("Kinds.swift")), as: UTF8.self)
    let contexts = source.matches(of: /\(_ c: (\w+)/).map { String($0.1) }
    #expect(Set(contexts) == Set(ProgramKind.all.map(\.context)))
    let fired = Set(EventKind.all.map(\.program))
    let companions = Set(LoadedKind.companions.values.joined())
    #expect(try fired.union(companions) == Set(LoadedKind.file(isChecked: true).programs.names))
    #expect(fired.isDisjoint(with: companions) && fired.count == EventKind.all.count)
  }
}
