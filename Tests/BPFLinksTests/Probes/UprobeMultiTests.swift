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

@Suite("Uprobe multi links", .serialized, .bpftool, .kernel(since: "6.13"))
struct UprobeMultiTests {
  @Test("One link probes many functions, each with its cookie")
  func cookies() throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    let names = ["probed_sum", "probed_product", "probed_weak"]
    let link = try programs["on_many"].attach(toUprobes: names, of: path, cookies: [1, 2, 4])
    for (index, name) in names.enumerated() {
      #expect(try programs.seen(name) == 1)
      #expect(try programs.object.variable("cookie") == UInt64(1 << index))
    }
    #expect(try programs.seen("probed_former") == 0)
    let file = try ExecutableFile(path)
    let target = try #require(link.info().target.uprobeMulti)
    #expect(target.path == path && !target.isReturn && target.processID == 0)
    #expect(
      Set(zip(target.offsets, target.cookies).map { [$0, $1] })
        == Set(try zip(file.offsets(of: names), [1, 2, 4]).map { [$0, $1] }))
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(theirs["prog_id"].integer == link.programID.map { Int($0.rawValue) })
    try link.detach()
    #expect(try eventually { try programs.seen() == 0 })
  }

  @Test("Attaches by pattern, by offsets and to returns")
  func others() throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    let pattern = try programs["on_many"].attach(toUprobesMatching: "probed_*", of: path, cookie: 9)
    for name in ["probed_sum", "probed_product", "probed_first_twin", "probed_versioned"] {
      #expect(try programs.seen(name) == 1)
    }
    #expect(try programs.object.variable("cookie") == UInt64(9))
    try pattern.detach()
    #expect(try eventually { try programs.seen() == 0 })
    let offsets = try ExecutableFile(path).offsets(of: ["probed_sum", "twin"].dropLast())
    let returns = try programs["on_many"].attach(toUprobesAt: offsets, of: path, process: 0, isReturn: true)
    #expect(try programs.seen() == 1)
    let target = try #require(returns.info().target.uprobeMulti)
    #expect(target.isReturn && target.processID == UInt32(getpid()))
    try returns.detach()
    #expect(try eventually { try programs.seen() == 0 })
    let other = try programs["on_many"].attach(toUprobes: ["probed_sum"], of: path, process: getppid())
    #expect(try programs.seen() == 0)
    try other.detach()
  }

  @Test("A session runs at function entry and exit, and keeps its cookie")
  func sessions() throws {
    let programs = try ProbePrograms()
    let link = try programs["on_session"].attach(
      toUprobes: ["probed_product"], of: programs.library.path, process: 0)
    #expect(try programs.seen("probed_product", 12, 12) == 2)
    #expect(try programs.object.variable("kept") == UInt64(12))
    #expect(try programs.object.variable("result") == 144)
    try link.detach()
    #expect(try eventually { try programs.seen("probed_product") == 0 })
  }

  @Test("Attaches an opened program like a loaded one")
  func opened() throws {
    let programs = try ProbePrograms()
    for (name, runs) in [("on_many", UInt64(1)), ("on_session", 2)] {
      let program = try Program(id: programs[name].id)
      let link = try program.attach(toUprobes: ["probed_sum"], of: programs.library.path)
      #expect(try programs.seen() == runs)
      try link.detach()
      #expect(try eventually { try programs.seen() == 0 })
    }
  }

  @Test("Rejects invalid functions, offsets, cookies, processes and programs")
  func refusals() throws {
    let programs = try ProbePrograms()
    let program = try programs["on_many"]
    let path = programs.library.path
    func refusal(_ attach: () throws -> Link) -> BPFError? { #expect(throws: BPFError.self) { try attach() } }
    #expect(refusal { try program.attach(toUprobes: [], of: path) }?.code == .invalidArgument)
    #expect(refusal { try program.attach(toUprobesAt: [], of: path) }?.code == .invalidArgument)
    #expect(
      refusal { try program.attach(toUprobes: ["probed_sum"], of: path, cookies: [1, 2]) }?.code
        == .invalidArgument)
    #expect(refusal { try program.attach(toUprobes: ["probed_sum", "nix"], of: path) }?.code == .notFound)
    #expect(refusal { try program.attach(toUprobesMatching: "nix*", of: path) }?.code == .notFound)
    #expect(
      refusal { try program.attach(toUprobes: ["probed_sum"], of: path, process: .max) }?.code == .notFound)
    #expect(refusal { try program.attach(toUprobesAt: [0], of: path) }?.code == .invalidArgument)
    let single = refusal { try programs["on_call"].attach(toUprobes: ["probed_sum"], of: path) }
    #expect(single?.code == .wrongObject)
  }
}
