//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The programs under test. All count the same system call of this process.
struct TracingPrograms {
  let object: Object

  init() throws {
    var file = try FixtureObjects(beside: #filePath).object(
      "tracing", definitions: KernelRelease.isOlder(than: "6.10") ? ["BEFORE_LINUX_6_10"] : [])
    try file.setVariable("process", to: getpid())
    object = try file.load()
  }

  subscript(name: String) -> Program {
    get throws { try #require(object.programs[name]) }
  }

  /// The number of program runs for this process.
  var calls: UInt64 { get throws { try object.variable("calls") } }

  /// Makes ten system calls and returns the number of program runs.
  func seen() throws -> UInt64 {
    let before = try calls
    for _ in 0..<10 { _ = getppid() }
    return try calls - before
  }

  /// Returns whether no program runs while the process uses CPU time, which would trigger a clock.
  func isStill() throws -> Bool {
    let before = try calls
    for _ in 0..<10_000 { _ = getppid() }
    return try calls == before
  }
}

@Suite("Links", .serialized, .bpftool)
struct LinkTests {
  /// Returns the programs that the running kernel can attach, given the release that each requires.
  private static func known(_ programs: KeyValuePairs<String, String>) -> [String] {
    programs.filter { !KernelRelease.isOlder(than: $0.value) }.map(\.key)
  }

  // Before Linux 5.15 perf events have no links.
  @Test(
    "A program stays attached while its link exists",
    arguments: known(["on_entry": "5.15", "on_raw_entry": "5.10", "on_typed_entry": "5.10"]))
  func lifetime(name: String) throws {
    let programs = try TracingPrograms()
    #expect(try programs.seen() == 0)
    var link: Link? = try programs[name].attach()
    #expect(try programs.seen() == 10)
    let id = try #require(link?.id)
    #expect(try Link.ids().contains(id))
    link = nil
    #expect(try eventually { try programs.seen() == 0 && !Link.ids().contains(id) })
  }

  @Test("A closure that borrows the descriptor may throw its own error type")
  func ownErrors() throws {
    struct Stop: Error, Equatable { var descriptor: Int32 }
    func stop(_ descriptor: FileDescriptor) throws { throw Stop(descriptor: descriptor.rawValue) }
    func number(_ link: Link) throws(BPFError) -> Int32 { try link.withFileDescriptor { $0.rawValue } }
    let link = try TracingPrograms()["on_raw_entry"].attach()
    let expected = Stop(descriptor: try number(link))
    #expect(throws: expected) { try link.withFileDescriptor { try stop($0) } }
    #expect(throws: expected) {
      try link.withFileDescriptor { (descriptor) throws(Stop) in throw Stop(descriptor: descriptor.rawValue) }
    }
    try link.detach()
    let error = #expect(throws: BPFError.self) { try link.withFileDescriptor { try stop($0) } }
    #expect(error?.code == .unsupported)
  }

  @Test("Killing a process removes its links, except pinned ones", .kernel(since: "5.15"))
  func killed() async throws {
    let files = try TemporaryBPFFileSystem()
    let ids = try ArrayMap<UInt32>(maxEntries: 2)
    try ids.handle.pin(at: files.path.appending("ids"))
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = files.path.string as String] in
      let path = FilePath(path)
      let ids = try ArrayMap<UInt32>(MapHandle(pinnedAt: path.appending("ids")), checkingTypes: false)
      let programs = try TracingPrograms()
      let links = [try programs["on_entry"].attach(), try programs["on_raw_entry"].attach()]
      try links[1].pin(at: path.appending("link"))
      for (index, link) in links.enumerated() {
        let id = try #require(link.id)
        try ids.update(index, to: id.rawValue)
      }
      kill(getpid(), SIGKILL)
      withExtendedLifetime(links) {}
    }
    let lost = LinkID(rawValue: try #require(try ids.lookup(0)))
    #expect(try eventually { try !Link.ids().contains(lost) })
    let pinned = try Link(pinnedAt: files.path.appending("link"))
    #expect(try pinned.id?.rawValue == ids.lookup(1))
    try pinned.unpin(from: files.path.appending("link"))
    try ids.handle.unpin(from: files.path.appending("ids"))
  }

  @Test("Detaching takes effect at once, and detaching again does nothing")
  func detaching() throws {
    let programs = try TracingPrograms()
    let link = try programs["on_entry"].attach()
    #expect(try programs.seen() == 10)
    try link.detach()
    #expect(try eventually { try programs.seen() == 0 })
    #expect(link.isDetached)
    try link.detach()
    let error = #expect(throws: BPFError.self) { try link.info() }
    #expect(error?.description.hasSuffix("the program is detached") == true)
  }

  @Test("bpftool shows the same link information", .kernel(since: "6.9"))
  func bpftool() throws {
    let programs = try TracingPrograms()
    let entry = try programs["on_entry"].attach(
      toTracepoint: "syscalls:sys_enter_getppid", cookie: 0x1234)
    // The kernel reports cookies of raw tracepoints since Linux 6.17.
    let (first, second): (UInt64, UInt64) = KernelRelease.isOlder(than: "6.17") ? (0, 0) : (7, 9)
    let raw = try programs["on_raw_entry"].attach(toRawTracepoint: "sys_enter", cookie: first)
    let typed = try programs["on_typed_entry"].attachTracing(cookie: second)
    for link in [entry, raw, typed] {
      let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
      #expect(theirs["prog_id"].integer == link.programID.map { Int($0.rawValue) })
      let type = theirs["type"].string
      #expect(type == link.type?.kernelName)
      let info = try link.info()
      #expect(info.id == link.id && info.type == link.type && info.programID == link.programID)
    }
    let called = try #require(entry.info().target.tracepoint)
    #expect(called.name == "sys_enter_getppid" && called.cookie == 0x1234)
    // The kernel reports a typed tracepoint as a raw one.
    for (link, cookie) in [(raw, first), (typed, second)] {
      let target = try #require(link.info().target.rawTracepoint)
      #expect(target.name == "sys_enter" && target.cookie == cookie)
    }
    #expect(try "\(raw.info().target)" == "raw tracepoint 'sys_enter'")
    #expect(try raw.info().target.tracepoint == nil && raw.info().target.isKnown)
  }

  @Test(
    "The program reads its cookie", .kernel(since: "5.15"),
    arguments: known(["on_entry": "5.15", "on_raw_entry": "6.10", "on_typed_entry": "6.10"]))
  func cookies(name: String) throws {
    let programs = try TracingPrograms()
    let program = try programs[name]
    let link =
      switch name {
      case "on_entry":
        try program.attach(toTracepoint: "sys_enter_getppid", category: "syscalls", cookie: .max - 1)
      case "on_raw_entry": try program.attach(toRawTracepoint: "sys_enter", cookie: .max - 1)
      default: try program.attachTracing(cookie: .max - 1)
      }
    #expect(try programs.seen() == 10)
    #expect(try programs.object.variable("cookie") == UInt64.max - 1)
    try link.detach()
  }

  @Test(
    "A pin keeps the program attached; the link opens by path, id and descriptor",
    .kernel(since: "5.15"))
  func pins() throws {
    let programs = try TracingPrograms()
    try withBPFFileSystem { files in
      let path = files.appending("link")
      var link: Link? = try programs["on_entry"].attach()
      let id = try #require(link?.id)
      try link?.pin(at: path)
      #expect(try link?.duplicate().id == id)
      #expect(
        try link?.withFileDescriptor { (link) throws(BPFError) in try Link(duplicating: link).id } == id)
      link = nil
      #expect(try programs.seen() == 10)
      #expect(try Link(id: id).type == .perfEvent)
      #expect(try Link.all().contains { $0.id == id })
      let program = #expect(throws: BPFError.self) { try Program(pinnedAt: path) }
      #expect(program?.code == .wrongObject)
      let other = try programs["on_raw_entry"].attach()
      let wrongLink = #expect(throws: BPFError.self) { try other.unpin(from: path) }
      #expect(wrongLink?.code == .wrongObject && wrongLink?.linkID == other.id)
      try Link(pinnedAt: path).unpin(from: path)
      #expect(try eventually { try programs.seen() == 10 })  // The other program.
      try other.detach()
      #expect(try eventually { try programs.seen() == 0 })
    }
  }

  @Test("Opening another object as a link throws an error that names it")
  func wrongObjects() throws {
    let programs = try TracingPrograms()
    let program = try programs["on_entry"]
    let error = #expect(throws: BPFError.self) {
      try program.withFileDescriptor { (descriptor) throws(BPFError) in try Link(duplicating: descriptor) }
    }
    #expect(error?.description.contains("is a BPF program, not a BPF link") == true)
    let missing = #expect(throws: BPFError.self) { try Link(id: 0x7fff_fff0) }
    #expect(
      missing?.code == .notFound && missing?.description.contains("no link has this id") == true)
  }

  @Test("A program attaches only to hooks that accept its type")
  func wrongHooks() throws {
    let programs = try TracingPrograms()
    let missing = #expect(throws: BPFError.self) {
      try programs["on_entry"].attach(toTracepoint: "no_such_one", category: "sched")
    }
    #expect(missing?.code == .notFound)
    #expect(missing?.explanation == "there is no tracepoint 'sched:no_such_one'")
    let raw = #expect(throws: BPFError.self) { try programs["on_raw_entry"].attach(toRawTracepoint: "nix") }
    #expect(raw?.code == .notFound && raw?.programName == "on_raw_entry")
    let vagueName = #expect(throws: BPFError.self) {
      try programs["on_entry"].attach(toTracepoint: "sched_switch")
    }
    #expect(vagueName?.code == .invalidName)
    #expect(vagueName?.explanation.contains("a name such as 'sched:sched_switch'") == true)
    let joined = #expect(throws: BPFError.self) {
      try programs["on_entry"].attach(toTracepoint: "sched:no_such_one")
    }
    #expect(joined?.explanation == "there is no tracepoint 'sched:no_such_one'")
    for name in ["", "../..", "a/b", "a\0b", "."] {
      let path = #expect(throws: BPFError.self) {
        try programs["on_entry"].attach(toTracepoint: name, category: "sched")
      }
      #expect(path?.code == .invalidName)
    }
    let type = #expect(throws: BPFError.self) {
      try programs["on_packet"].attach(toRawTracepoint: "sys_enter")
    }
    #expect(type?.code == .wrongObject)
    #expect(
      type?.explanation.contains("a program of type sched_cls cannot be attached to raw tracepoint") == true)
    let vague = #expect(throws: BPFError.self) { try programs["on_packet"].attach() }
    #expect(vague?.code == .invalidArgument)
  }

  @Test("The error for a program that reads beyond a tracepoint's fields tells where they end")
  func beyondFields() throws {
    let program = try TracingPrograms()["beyond_fields"]
    let error = #expect(throws: BPFError.self) {
      try program.attach(toTracepoint: "sched_process_exit", category: "sched")
    }
    #expect(error?.code == .invalidArgument && error?.errno == .permissionDenied)
    let text = try TraceFileSystem.read("events/sched/sched_process_exit/format")
    let last = try #require(text.matches(of: /offset:(\d+);\s*size:(\d+);/).last)
    let end = try #require(Int(last.1)) + #require(Int(last.2))
    #expect(
      error?.explanation.hasPrefix(
        "the program reads beyond the fields of tracepoint 'sched:sched_process_exit', which end at byte \(end) (see "
          + "/sys/kernel/tracing/events/sched/sched_process_exit/format)") == true,
      "\(error.debugDescription)")
  }

  @Test("Attaches all programs of an object whose sections specify a target")
  func objects() throws {
    let programs = try TracingPrograms()
    let links = try programs.object.attach()
    #expect(Set(links.keys) == ["on_entry", "on_raw_entry", "on_typed_entry", "on_test_end"])
    #expect(try programs.seen() == 30)
    for link in links.values { try link.detach() }
    #expect(try eventually { try programs.seen() == 0 })
  }

  /// Touches new memory pages, which causes as many page faults of this thread.
  private func touchPages(_ count: Int) {
    let size = count * pageSize
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    madvise(memory, size, MADV_NOHUGEPAGE)
    for page in 0..<count { memory?.storeBytes(of: 1, toByteOffset: page * pageSize, as: UInt8.self) }
    munmap(memory, size)
  }

  @Test("Page faults run the program until it is detached", .kernel(since: "6.9"))
  func pageFaults() throws {
    let programs = try TracingPrograms()
    let program = try programs["on_event"]
    let before = try programs.calls
    let link = try program.attach(toPerfEvent: .pageFaults(), cpu: nil, process: 0, cookie: 5)
    touchPages(64)
    #expect(try programs.calls - before >= 64)
    #expect(try programs.object.variable("cookie") == UInt64(5))
    let target = try #require(link.info().target.perfEvent)
    #expect(target.type == .software && target.config == 2 && target.cookie == 5)
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(theirs["type"].string == "perf_event" && theirs["prog_id"].integer == Int(program.id.rawValue))
    let error = #expect(throws: BPFError.self) { try link.update(to: program) }
    #expect(error?.code == .unsupported)
    try link.detach()
    #expect(
      try eventually {
        let detached = try programs.calls
        touchPages(64)
        return try programs.calls == detached
      })
  }

  @Test("A clock runs the program while the process uses CPU time", .kernel(since: "6.6"))
  func clocks() throws {
    let programs = try TracingPrograms()
    let program = try programs["on_event"]
    let link = try program.attach(toPerfEvent: .taskClock(.period(100_000)), cpu: nil, process: 0)
    let before = try programs.calls
    // The reads themselves use the process's CPU time.
    while try programs.calls < before + 10 {}
    // Newer kernels report a separate type for clocks.
    let target = try #require(link.info().target.perfEvent)
    #expect(target.config == 1 && target.cookie == 0)
    try link.detach()
    #expect(try eventually { try programs.isStill() })
  }

  @Test("The error names an event that is invalid, or that this machine cannot count")
  func noSuchEvents() throws {
    let program = try TracingPrograms()["on_event"]
    let unbound = #expect(throws: BPFError.self) { try program.attach(toPerfEvent: .pageFaults(), cpu: nil) }
    #expect(unbound?.code == .invalidArgument)
    let cpu = #expect(throws: BPFError.self) {
      try program.attach(toPerfEvent: .cpuClock(.frequency(99)), cpu: 4000)
    }
    #expect(cpu?.code == .invalidArgument)
    do throws(BPFError) {
      // Physical machines count cycles; most virtual machines do not.
      let cycles = try program.attach(toPerfEvent: .cpuCycles(.period(1_000_000)), cpu: nil, process: 0)
      let target = try cycles.info().target.perfEvent
      #expect(target?.type == .hardware && target?.config == 0 && target?.cookie == 0)
    } catch {
      #expect(error.code == .unsupported)
      #expect(error.explanation == "this machine cannot count perf event 0 of type 0")
    }
  }

  @Test("A writable raw tracepoint program runs until it is detached")
  func writableTracepoints() throws {
    let programs = try TracingPrograms()
    let program = try programs["on_test_end"]
    func seen() throws -> UInt64 {
      let before = try programs.calls
      // Every run of such a program passes the tracepoint.
      _ = try programs["on_packet"].run(data: [UInt8](repeating: 0, count: 64))
      return try programs.calls - before
    }
    #expect(try seen() == 0)
    let link = try program.attach()
    #expect(try seen() >= 1)  // Other tests run programs, too.
    let target = try #require(link.info().target.rawTracepoint)
    #expect(target.name == "bpf_test_finish" && target.cookie == 0)
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(theirs["type"].string == "raw_tracepoint" && theirs["tp_name"].string == "bpf_test_finish")
    try link.detach()
    #expect(try eventually { try seen() == 0 })
  }
}
