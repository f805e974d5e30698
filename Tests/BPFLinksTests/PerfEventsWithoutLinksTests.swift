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

/// Kernels before 5.15 have no links for perf events: they attach with an ioctl, which does not support cookies.
@Suite("Perf events without links", .serialized, .kernel, .kernel(before: "5.15"))
struct PerfEventsWithoutLinksTests {
  @Test("A tracepoint program runs until it is detached, or its link is released")
  func tracepoint() throws {
    let programs = try TracingPrograms()
    for isDetached in [true, false] {
      var link: Link? = try programs["on_entry"].attach()
      #expect(link?.id == nil && link?.type == nil)
      #expect(link?.programID == (try programs["on_entry"].id))
      #expect(try programs.seen() == 10)
      if isDetached { try link?.detach() }
      link = nil
      #expect(try eventually { try programs.seen() == 0 })
    }
  }

  @Test("Uprobe and uretprobe programs run until they are detached")
  func uprobes() throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    let links = [
      try programs["on_call"].attach(toUprobe: "probed_sum", of: path),
      try programs["on_return"].attach(toUprobe: "probed_sum", of: path, isReturn: true),
    ]
    #expect(links.allSatisfy { $0.id == nil })
    #expect(try programs.seen("probed_sum", 20, 3) == 2)
    #expect(try programs.object.variable("result") == 23)
    for link in links { try link.detach() }
    #expect(try eventually { try programs.seen() == 0 })
  }

  @Test("A clock program runs until it is detached")
  func clock() throws {
    let programs = try TracingPrograms()
    let link = try programs["on_event"].attach(
      toPerfEvent: .taskClock(.period(100_000)), cpu: nil, process: 0)
    #expect(link.id == nil)
    let before = try programs.calls
    // The reads themselves use the process's CPU time.
    #expect(try eventually { try programs.calls >= before + 10 })
    try link.detach()
    #expect(try eventually { try programs.isStill() })
  }

  @Test("The error for a cookie names the release that introduced cookies")
  func cookies() throws {
    let programs = try TracingPrograms()
    let error = #expect(throws: BPFError.self) {
      try programs["on_entry"].attach(
        toTracepoint: "sys_enter_getppid", category: "syscalls", cookie: 7)
    }
    #expect(error?.code == .unsupported)
    #expect(error?.explanation.contains("takes Linux 5.15 or later") == true, "\(String(describing: error))")
    #expect(try programs.seen() == 0)
  }

  @Test("Pinning throws unsupported with an explanation")
  func pins() throws {
    let link = try TracingPrograms()["on_entry"].attach()
    let files = try TemporaryBPFFileSystem()
    let error = #expect(throws: BPFError.self) { try link.pin(at: files.path.appending("link")) }
    #expect(
      error?.code == .unsupported && error?.explanation.isEmpty == false, "\(String(describing: error))")
  }
}
