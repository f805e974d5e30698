//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import KernelFixtures
import SystemPackage
import Testing

@testable import BPFCodeGeneration

/// Compares the table of program kinds with the contexts of BPFKernel.
@Suite("Program kinds")
struct ProgramKindTests {
  /// Returns the structures that the contexts' folder of BPFKernel declares, of those that conform to a protocol.
  private func structures(_ conforming: String) throws -> Set<String> {
    let folder = FixtureObjects.package.appending("Sources/BPFKernel/Contexts")
    let grep = try Command.run("grep", ["-rhE", "public struct [A-Za-z]+.*: \(conforming)", folder.string])
    return Set(
      grep.standardOutput.split(separator: "\n").compactMap { line in
        line.firstMatch(of: /public struct ([A-Za-z]+)/).map { String($0.1) }
      })
  }

  @Test("The contexts of the table are those of BPFKernel")
  func contexts() throws {
    #expect(
      try structures("(Program|Argument|SocketBuffer)Context") == Set(ProgramKind.all.map(\.context)))
  }

  @Test("The results of the table are those of BPFKernel, and numbers")
  func results() throws {
    let results = Set(ProgramKind.all.flatMap(\.results))
    #expect(try structures("RawRepresentable").union(["Int32"]) == results)
  }

  @Test(
    "Finds the kind of a section",
    arguments: [
      ("xdp", "XDPContext"), ("?xdp.frags", "XDPContext"), ("tcx/ingress", "TCContext"),
      ("cgroup/connect4", "SocketAddressContext"), ("cgroup/sock_create", "SocketContext"),
      ("kprobe.multi/do_*", "ProbeContext"), ("fentry.s/do_unlinkat", "FunctionContext"),
      ("uprobe.s//bin/sh:main", "ProbeContext"), ("tp/sched/sched_switch", "TracepointContext"),
      ("tp_btf/sched_switch", "BTFTracepointContext"), ("iter.s/task", "IteratorContext"),
      ("lwt_xmit", "LWTContext"), ("netfilter", "NetfilterContext"),
    ])
  func sections(_ section: String, _ context: String) {
    #expect(ProgramKind.of(section)?.context == context)
  }

  @Test("The article lists each kind with its parameter and result")
  func article() throws {
    let path = FixtureObjects.package.appending("Sources/BPFKernel/BPFKernel.docc/WritingKernelCode.md")
    let text = try String(contentsOfFile: path.string, encoding: .utf8)
    let rows = text.matches(of: /\n\| (`[^|]*`[^|]*) \| ``(\w+)`` \| `+(\w+)`+ \|/)
    for row in rows {
      for section in row.1.matches(of: /`([^`]*)`/) {
        let kind = try #require(ProgramKind.of(String(section.1)), "\(section.1)")
        #expect(kind.context == row.2 && kind.results.first.map { $0 == row.3 } == true, "\(section.1)")
      }
    }
    #expect(Set(rows.map { String($0.2) }) == Set(ProgramKind.all.map(\.context)))
  }

  @Test("Other sections are of no kind", arguments: ["", "xdpx", "text", "tc_"])
  func others(_ section: String) {
    #expect(ProgramKind.of(section) == nil)
  }
}
