//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import BPFSyscall
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Uprobes", .serialized, .bpftool)
struct UprobeTests {
  @Test("A uprobe runs its program with the function's arguments until it is detached")
  func calls() throws {
    let programs = try ProbePrograms()
    #expect(try programs.seen() == 0)
    // Perf event links have a cookie since Linux 5.15, and the kernel reports it since 6.9.
    let tells = !KernelRelease.isOlder(than: "6.9")
    let cookie: UInt64 = tells ? 77 : 0
    let link = try programs["on_call"].attach(
      toUprobe: "probed_sum", of: programs.library.path, cookie: cookie)
    #expect(try programs.seen("probed_sum", -3, 4) == 1)
    let arguments: [6 of Int] = try programs.object.variable("arguments")
    #expect(arguments[0] == -3 && arguments[1] == 4)
    #expect(try programs.object.variable("cookie") == cookie)
    #expect(try programs.seen("probed_product") == 0)
    if tells { try expectTold(link, programs) }
    try link.detach()
    // Other processes may briefly hold copies of the link's descriptor, here and below.
    #expect(try eventually { try link.id.map { try !Link.ids().contains($0) } ?? true })
    #expect(try programs.seen() == 0)
  }

  /// Expects bpftool and the kernel to report the link's function.
  private func expectTold(_ link: Link, _ programs: ProbePrograms) throws {
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(theirs["type"].string == "perf_event")
    #expect(theirs["prog_id"].integer == link.programID.map { Int($0.rawValue) })
    let offset = try ExecutableFile(programs.library.path).offset(of: "probed_sum")
    let target = try #require(link.info().target.uprobe)
    #expect(target.path == programs.library.path && target.offset == offset && target.cookie == 77)
    #expect(!target.isReturn && target.referenceCounterOffset == 0)
  }

  @Test("A uretprobe reads the function's return value")
  func returns() throws {
    let programs = try ProbePrograms()
    let link = try programs["on_return"].attach(
      toUprobe: "probed_product", of: programs.library.path, isReturn: true)
    #expect(try programs.seen("probed_product", 6, -7) == 1)
    #expect(try programs.object.variable("result") == -42)
    if !KernelRelease.isOlder(than: "6.6") {
      let target = try #require(link.info().target.uprobe)
      #expect(target.isReturn && target.path == programs.library.path)
    }
    try link.detach()
    #expect(try eventually { try programs.seen("probed_product") == 0 })
    let middle = #expect(throws: BPFError.self) {
      try programs["on_return"].attach(
        toUprobe: "probed_product+1", of: programs.library.path, isReturn: true)
    }
    #expect(middle?.code == .invalidArgument)
  }

  @Test("A sleepable program reads the process's memory", .kernel(since: "6.0"))
  func sleepable() throws {
    let programs = try ProbePrograms()
    let link = try programs["on_sleepable"].attach(toUprobe: "probed_text", of: programs.library.path)
    let value = 4711
    try withUnsafePointer(to: value) { try programs.library.call("probed_text", 1, $0) }
    #expect(try programs.object.variable("result") == 4711)
    try link.detach()
  }

  @Test("A process ID restricts the probe to that process")
  func processes() throws {
    let programs = try ProbePrograms()
    let program = try programs["on_call"]
    let path = programs.library.path
    for process in [0, getpid()] {
      let link = try program.attach(toUprobe: "probed_sum", of: path, process: process)
      #expect(try programs.seen() == 1)
      try link.detach()
      #expect(try eventually { try programs.seen() == 0 })
    }
    // Unlike process 1, the parent surely has the same mounts.
    let other = try program.attach(toUprobe: "probed_sum", of: path, process: getppid())
    #expect(try programs.seen() == 0)
    try other.detach()
    for (process, code) in [(Int32.max, BPFError.Code.notFound), (-5, .invalidArgument)] {
      let error = #expect(throws: BPFError.self) {
        try program.attach(toUprobe: "probed_sum", of: path, process: process)
      }
      #expect(error?.code == code)
    }
  }

  @Test(
    "Attaches to a C library function by name, and to one of this executable by offset",
    .notEmulated(.takesLong))
  func others() throws {
    let programs = try ProbePrograms()
    let link = try programs["on_call"].attach(toUprobe: "getpgid", of: "libc.so.6", process: 0)
    let before = try programs.calls
    for _ in 0..<5 { _ = getpgid(0) }
    #expect(try programs.calls - before == 5)
    try link.detach()
    #expect(try eventually { try link.id.map { try !Link.ids().contains($0) } ?? true })

    let file = try ExecutableFile("/proc/self/exe")
    let function = try #require(try file.functions(matching: "*notInlinedHere*").first)
    let own = try programs["on_call"].attach(toUprobeAt: function.offset, of: "/proc/self/exe", process: 0)
    let calls = try programs.calls
    for index in 0..<5 { #expect(notInlinedHere(index) == index &+ 1) }
    #expect(try programs.calls - calls == 5)
    try own.detach()
  }

  @Test(
    "Without perf event uprobes, creates a probe in the tracing file system and removes it with the link")
  func tracepoints() throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    let file = try ExecutableFile(path)
    let ours = "/\(path.lastComponent?.string ?? "")"
    #expect(try !TraceFileSystem.read("uprobe_events").contains(ours))
    var links: [Link] = []
    links.append(
      try programs["on_call"].attach(
        toUprobeAt: file.offset(of: "probed_sum"), of: path, process: nil, isReturn: false,
        through: .tracepoint))
    links.append(
      try programs["on_return"].attach(
        toUprobeAt: file.offset(of: "probed_sum"), of: path, process: 0, isReturn: true, through: .tracepoint)
    )
    #expect(links.allSatisfy { $0.id == nil && $0.type == nil })
    #expect(try TraceFileSystem.read("uprobe_events").contains(ours))
    #expect(try programs.seen("probed_sum", 20, 3) == 2)
    #expect(try programs.object.variable("result") == 23)
    try links[0].detach()
    #expect(try eventually { try programs.seen() == 1 })
    links = []
    #expect(try eventually { try programs.seen() == 0 })
    #expect(try !TraceFileSystem.read("uprobe_events").contains(ours))
    let injected = #expect(throws: BPFError.self) {
      try programs["on_call"].attach(
        toUprobeAt: 0, of: "/tmp/a\np:x/y /bin/true:0", process: nil, isReturn: false, through: .tracepoint)
    }
    #expect(injected?.code == .unsupported)
  }

  @Test("Attaching and failing to attach leak no descriptors", .kernel(since: "6.6"))
  func leaks() async {
    await #expect(processExitsWith: .success) {
      let programs = try ProbePrograms()
      let path = programs.library.path
      let offset = try ExecutableFile(path).offset(of: "probed_sum")
      let descriptors = OpenDescriptors.count
      for _ in 0..<20 {
        _ = try programs["on_call"].attach(toUprobe: "probed_sum", of: path)
        _ = try programs["on_call"].attach(
          toUprobeAt: offset, of: path, process: nil, isReturn: false, through: .tracepoint)
        _ = try programs["on_many"].attach(toUprobesMatching: "probed_*", of: path)
        _ = try programs["on_static"].attach(toUSDT: "twice", provider: "probed", of: path)
        _ = try programs["on_single_static"].attach(toUSDT: "twice", provider: "probed", of: path)
        _ = try? programs["on_call"].attach(toUprobe: "twin", of: path)
        _ = try? ExecutableFile("/etc/passwd")
      }
      // Reads the kernel's symbols, which takes half a minute in emulation.
      _ = try? programs["on_call"].attach(toKprobe: "no_such_function")
      #expect(OpenDescriptors.count == descriptors)
    }
  }

  @Test("Errors distinguish missing, ambiguous and invalid targets")
  func refusals() throws {
    let programs = try ProbePrograms()
    let program = try programs["on_call"]
    let path = programs.library.path
    func refusal(_ attach: () throws -> Link) -> BPFError? { #expect(throws: BPFError.self) { try attach() } }
    #expect(refusal { try program.attach(toUprobe: "nix", of: path) }?.code == .notFound)
    #expect(refusal { try program.attach(toUprobe: "twin", of: path) }?.code == .ambiguous)
    #expect(refusal { try program.attach(toUprobe: "main", of: "/no/such/file") }?.code == .notFound)
    #expect(refusal { try program.attach(toUprobe: "main", of: "/etc/passwd") }?.code == .malformed)
    #expect(refusal { try program.attach(toUprobeAt: 0, of: path) }?.code == .invalidArgument)
    #expect(
      refusal { try program.attach(toUprobeAt: 0, of: path) }?.explanation.contains("not executable") == true)
    #expect(refusal { try program.attach(toUprobeAt: 1 << 62, of: path) }?.code == .invalidArgument)
    #expect(refusal { try program.attach(toUprobeAt: 1 << 20, of: "/etc/passwd") }?.code == .invalidArgument)
    #expect(refusal { try program.attach(toUprobeAt: 0, of: "/no/such/file") }?.code == .notFound)
    #expect(
      refusal { try program.attach(toUprobe: "probed_sum", of: path, referenceCounterOffset: 1 << 32) }?.code
        == .invalidArgument)
    let packet = refusal { try programs["on_packet"].attach(toUprobe: "probed_sum", of: path) }
    #expect(packet?.code == .wrongObject)
    #expect(packet?.explanation.contains("takes type kprobe") == true)
    let many = refusal { try programs["on_many"].attach(toUprobe: "probed_sum", of: path) }
    #expect(many?.code == .wrongObject && many?.explanation.contains("'uprobe.multi'") == true)
  }
}

/// A function of this executable to probe.
@inline(never)
func notInlinedHere(_ number: Int) -> Int { number &+ 1 }
