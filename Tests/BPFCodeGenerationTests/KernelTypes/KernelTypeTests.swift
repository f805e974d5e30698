//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFObjects
import BPFSyscall
import BTF
import Foundation
import KernelFixtures
import SystemPackage
import Testing

@testable import BPFCodeGeneration
@testable import KernelTypeDeclarations

/// Reads kernel structures in programs in Swift, and compares with /proc.
@Suite("Kernel types in Swift", .sources)
struct KernelTypeTests {
  private static let selection = KernelTypeSource.Selection(
    types: [
      "task_struct", "mm_struct", "linux_binprm", "file", "path", "dentry", "qstr", "pid_type",
      "syscall_trace_enter", "trace_event_raw_sched_process_exec", "signal_struct", "rlimit",
    ],
    fields: [
      "tgid", "comm", "real_parent", "mm", "start_boottime", "arg_start", "arg_end", "file", "f_path",
      "dentry", "d_name",
      "signal", "rlim", "rlim_cur", "rlim_max", "len", "in_execve", "sched_reset_on_fork", "nr", "args",
      "pid", "old_pid",
    ],
    tracepoints: ["sched_process_exec"])

  /// What the program reads. Its layout is that of `struct record` in the C source.
  private struct Record: BitwiseCopyable {
    var tgid, parent, probedTgid, probedParent: Int32
    var start: UInt64
    var comm: InlineArray<16, UInt8>
    var parentComm: InlineArray<16, UInt8>
    var argumentSize, executing, probedExecuting, resetOnFork, values: UInt64
    var nameLength, known: UInt32
    var openFiles, probedStack: UInt64
  }

  /// The module that the generated source imports, as far as it uses it.
  private static let runtime = """
    public protocol ProgramContext { @unsafe var _pointer: UnsafeMutableRawPointer { get } }
    public protocol ArgumentContext: ProgramContext {}
    extension ArgumentContext {
      @inline(__always) public func argument(_ index: Int) -> UInt64 {
        unsafe _pointer.assumingMemoryBound(to: UInt64.self)[index]
      }
    }
    """

  private static let program = """
    public struct Record: BitwiseCopyable {
      var tgid, parent, probedTgid, probedParent: Int32
      var start: UInt64
      var comm: InlineArray<16, UInt8>
      var parentComm: InlineArray<16, UInt8>
      var argumentSize, executing, probedExecuting, resetOnFork, values: UInt64
      var nameLength, known: UInt32
      var openFiles, probedStack: UInt64
    }
    @_silgen_name("bpf_core.member.u32.struct.task_struct.no_such_member") func hasNoSuchMember() -> UInt8
    @_silgen_name("bpf_core.type.none.struct.no_such_type") func hasNoSuchType() -> UInt8

    @_silgen_name("read_tasks")
    func readTasks(_ event: SchedProcessExec, _ record: UnsafeMutablePointer<Record>) {
      let task = event.p, probed = event.p.probed
      record.pointee.tgid = task.tgid
      record.pointee.parent = task.realParent.tgid
      record.pointee.probedTgid = probed.tgid
      record.pointee.probedParent = probed.realParent.tgid
      record.pointee.start = task.startBoottime
      record.pointee.comm = task.comm
      record.pointee.parentComm = probed.realParent.comm
      record.pointee.argumentSize = task.mm.argEnd &- task.mm.argStart
      record.pointee.executing = task.inExecve
      record.pointee.probedExecuting = probed.inExecve
      record.pointee.resetOnFork = task.schedResetOnFork
      record.pointee.values = PidType.pidtypeTgid | PidType.pidtypePgid << 8
      record.pointee.nameLength = event.bprm.file.fPath.dentry.dName.len
      record.pointee.openFiles = task.signal.rlim(7).rlimCur
      record.pointee.probedStack = probed.signal.rlim(3).rlimMax
      record.pointee.known =
        (TaskStruct.hasTgid ? 1 : 0) | (TaskStruct.exists ? 2 : 0) | (PidType.hasPidtypeSid ? 4 : 0)
        | (hasNoSuchMember() != 0 ? 8 : 0) | (hasNoSuchType() != 0 ? 16 : 0)
    }
    """

  /// Reads the records of two tracepoints: `/sys/kernel/tracing/events/GROUP/NAME/format`.
  private static let tracepoints = """
    @_silgen_name("read_open")
    func readOpen(_ record: SyscallTraceEnter, _ numbers: UnsafeMutablePointer<Int64>) {
      let arguments = record.args
      numbers[0] = Int64(record.nr)
      numbers[1] = Int64(truncatingIfNeeded: arguments[0])
      numbers[2] = Int64(truncatingIfNeeded: arguments[2])
    }
    @_silgen_name("read_exec")
    func readExec(_ record: TraceEventRawSchedProcessExec, _ numbers: UnsafeMutablePointer<Int64>) {
      numbers[3] = Int64(record.pid)
      numbers[4] = Int64(record.oldPid)
    }
    """

  private static let skeleton = """
    struct record { int tgid; char rest[\(MemoryLayout<Record>.stride - 4)]; } __attribute__((aligned(8)));
    struct { int (*type)[1]; int (*max_entries)[4096]; int *key; struct record *value; } records
    __attribute__((section(".maps")));
    static long (*update)(void *, const void *, const void *, unsigned long long) = (void *)2;
    extern void read_tasks(const void *, struct record *);
    __attribute__((section("tp_btf/sched_process_exec"), used)) int executed(void *context) {
      struct record record = {};
      [[clang::always_inline]] read_tasks(context, &record);
      update(&records, &record.tgid, &record, 0);
      return 0;
    }
    struct numbers { long long numbers[5]; };
    struct { int (*type)[1]; int (*max_entries)[4096]; int *key; struct numbers *value; } opens
    __attribute__((section(".maps")));
    static void *(*lookup)(void *, const void *) = (void *)1;
    static unsigned long long (*current)(void) = (void *)14;
    extern void read_open(const void *, long long *);
    extern void read_exec(const void *, long long *);
    static struct numbers *numbers(void) {
      struct numbers none = {};
      int tgid = current() >> 32;
      update(&opens, &tgid, &none, 1);
      return lookup(&opens, &tgid);
    }
    __attribute__((section("tracepoint/syscalls/sys_enter_openat"), used)) int opened(void *context) {
      struct numbers *n = numbers();
      if (n) [[clang::always_inline]] read_open(context, n->numbers);
      return 0;
    }
    __attribute__((section("tracepoint/sched/sched_process_exec"), used)) int executed_record(void *context) {
      struct numbers *n = numbers();
      if (n) [[clang::always_inline]] read_exec(context, n->numbers);
      return 0;
    }
    __attribute__((nodebug)) char _swift_exceptionPersonality;
    char _license[] __attribute__((section("license"))) = "GPL";
    """

  private func object() throws -> [UInt8] {
    try withTemporaryDirectory { directory in
      let compiler = BitcodeCompiler(module: "TasksKernel", directory: directory)
      try compiler.build(module: "BPFKernel", Self.runtime)
      let types = try KernelTypeSource(Self.selection, in: .vmlinux(), command: "bpfmap btf swift").source
      let module = try compiler.bitcode(of: [
        compiler.file("types.swift", types),
        compiler.file("program.swift", "import BPFKernel\n" + Self.program + "\n" + Self.tracepoints),
      ])
      let bodies = KernelTypeBodies(symbols: module.undefined)
      #expect(!bodies.isEmpty)
      let needed = [module.path, try compiler.bitcode(ofC: bodies.source, "bodies")]
      return try compiler.object(ofC: Self.skeleton, with: needed)
    }
  }

  @Test("A program reads the kernel's structures at their offsets", .kernel)
  func values() throws {
    let object = try ObjectFile(bytes: object(), name: "tasks").load()
    let link = try #require(object.programs["executed"]).attach()
    defer { withExtendedLifetime(link) {} }
    let child = Process()
    child.executableURL = URL(filePath: "/bin/sleep")
    child.arguments = ["60"]
    try child.run()
    defer { child.terminate() }
    let records = try #require(object.maps["records"])
    let key = withUnsafeBytes(of: child.processIdentifier) { [UInt8]($0) }
    // A parent continues before the event of its child's execution.
    var found: [UInt8]?
    _ = try eventually {
      found = try records.lookup(key)
      return found != nil
    }
    let bytes = try #require(found)
    let record = bytes.withUnsafeBytes { $0.loadUnaligned(as: Record.self) }
    #expect(record.tgid == child.processIdentifier && record.probedTgid == child.processIdentifier)
    #expect(record.parent == getpid() && record.probedParent == getpid())
    #expect(Self.text(record.comm) == "sleep")
    // The parent is the thread that started the child.
    let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap {
      try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8).dropLast()
    }
    #expect(threads.contains { $0 == Self.text(record.parentComm) }, "\(Self.text(record.parentComm))")
    let stat = try String(contentsOfFile: "/proc/\(child.processIdentifier)/stat", encoding: .utf8)
    let fields = stat.split(separator: " ")
    #expect(record.start / 10_000_000 == UInt64(fields[21]))
    #expect(record.argumentSize == UInt64("/bin/sleep".utf8.count + "60".utf8.count + 2))
    #expect(record.nameLength == 5)
    let limits = try String(contentsOfFile: "/proc/\(child.processIdentifier)/limits", encoding: .utf8)
      .split(separator: "\n").map {
        $0.split(separator: "  ", omittingEmptySubsequences: true).map {
          $0.trimmingCharacters(in: .whitespaces)
        }
      }
    func limit(_ name: String, _ column: Int) -> UInt64? {
      let text = limits.first { $0.first == name }?[column]
      return text == "unlimited" ? .max : text.flatMap(UInt64.init)
    }
    #expect(record.openFiles == limit("Max open files", 1))
    #expect(record.probedStack == limit("Max stack size", 2))
    #expect(record.executing == 1 && record.probedExecuting == 1 && record.resetOnFork == 0)
    #expect(record.values == 1 | 2 << 8)
    #expect(record.known == 1 | 2 | 4)
  }

  @Test("A program reads the records of tracepoints", .kernel)
  func records() throws {
    let object = try ObjectFile(bytes: object(), name: "tasks").load()
    let links = try ["opened", "executed_record"].map { try #require(object.programs[$0]).attach() }
    defer { withExtendedLifetime(links) {} }
    let child = Process()
    child.executableURL = URL(filePath: "/bin/cat")
    child.arguments = ["/proc/self/comm"]
    child.standardOutput = FileHandle.nullDevice
    try child.run()
    child.waitUntilExit()
    let key = withUnsafeBytes(of: child.processIdentifier) { [UInt8]($0) }
    let opens = try #require(object.maps["opens"])
    let bytes = try #require(try opens.lookup(key))
    let numbers = bytes.withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
    #if arch(x86_64)
    #expect(numbers[0] == 257)
    #endif
    // The last file is opened read-only, relative to the working folder (AT_FDCWD).
    #expect(Int32(truncatingIfNeeded: numbers[1]) == -100 && numbers[2] == 0)
    #expect(numbers[3] == Int64(child.processIdentifier) && numbers[4] == Int64(child.processIdentifier))
  }

  private static func text(_ bytes: InlineArray<16, UInt8>) -> String {
    let all = bytes.indices.map { bytes[$0] }
    return String(decoding: all.prefix { $0 != 0 }, as: UTF8.self)
  }

  @Test("A member cannot be read without a relocation, and the source compiles on the host without warnings")
  func opaque() throws {
    try withTemporaryDirectory { directory in
      let compiler = BitcodeCompiler(module: "TasksKernel", directory: directory)
      let types = try KernelTypeSource(Self.selection, in: .vmlinux(), command: "bpfmap btf swift").source
        .replacing("import BPFKernel", with: Self.runtime)
      func check(_ source: String) throws -> Command {
        try Command.run(
          "swiftc",
          [
            "-typecheck", "-swift-version", "6", "-strict-memory-safety", "-warnings-as-errors",
            "-module-cache-path", directory.appending("cache").string,
            compiler.file("types.swift", types), compiler.file("use.swift", source),
          ])
      }
      let right = try check("func tgid(_ task: TaskStruct) -> Int32 { task.realParent.tgid }\n")
      #expect(right.status == 0, "\(right.standardError)")
      let wrong = try check("func tgid(_ task: TaskStruct) -> Int32 { task.pointee.tgid }\n")
      #expect(wrong.standardError.contains("value of type 'TaskStruct' has no member 'pointee'"))
    }
  }

  @Test("A missing name is an error that says which")
  func missing() throws {
    for selection in [
      KernelTypeSource.Selection(types: ["no_such_type"]), .init(tracepoints: ["no_such_type"]),
      .init(functions: ["no_such_type"]), .init(types: ["qstr"], fields: ["len", "no_such_type"]),
    ] {
      let error = #expect(throws: BPFError.self) {
        try KernelTypeSource(selection, in: .vmlinux(), command: "bpfmap btf swift") { _, known in
          "; the first of \(known.count > 2 ? "many" : "few") is not empty: \(known.contains { !$0.isEmpty })"
        }
      }
      #expect(error?.code == .notFound)
      #expect(error?.description.contains("'no_such_type'; the first of many is not empty: true") == true)
    }
  }

  @Test("A member that has no form in Swift is an error only if it is asked for by name")
  func refused() throws {
    func source(_ fields: [String]) throws -> String {
      try KernelTypeSource(
        .init(types: ["task_struct"], fields: fields), in: .vmlinux(), command: "bpfmap btf swift"
      ).source
    }
    let error = #expect(throws: BPFError.self) { try source(["tgid", "se"]) }
    #expect(error?.code == .unsupported && error?.description.contains("struct sched_entity") == true)
    #expect(try !source([]).contains("/// `se`\n"))
  }

  @Test("Types that are named twice are declared once")
  func twice() throws {
    let selection = KernelTypeSource.Selection(
      types: ["qstr", "qstr"], tracepoints: ["sched_process_exec", "sched_process_exec"])
    let source = try KernelTypeSource(selection, in: .vmlinux(), command: "bpfmap btf swift").source
    #expect(source.components(separatedBy: "struct Qstr:").count == 2)
    #expect(source.components(separatedBy: "struct SchedProcessExec").count == 2)
  }

  @Test(
    "The section of a program says which declared type its context can have",
    arguments: [
      ("tp_btf/sched_switch", "SchedSwitch"), ("fentry/do_unlinkat", "DoUnlinkat"),
      ("fexit.s/do_unlinkat", "DoUnlinkat"), ("lsm/file_open", "BpfLsmFileOpen"),
      ("iter/task", "BpfIterTask"), ("tp/sched/sched_switch", "TraceEventRawSchedSwitch"),
      ("tracepoint/syscalls/sys_enter_openat", "SyscallTraceEnter"),
      ("tracepoint/syscalls/sys_exit_openat", "SyscallTraceExit"), ("xdp", nil), ("kprobe/x", nil),
      ("tp_btf", nil), ("tp_btf/", nil),
    ])
  func contexts(_ section: String, _ name: String?) {
    #expect(KernelTypeContext.typeName(forSection: section) == name)
    if let name { #expect(KernelTypeContext.isDeclared("TasksKernel.\(name)", forSection: section)) }
    #expect(!KernelTypeContext.isDeclared("TasksKernel.SchedProcessFork", forSection: section))
    #expect(!KernelTypeContext.isDeclared("BPFKernel.\(name ?? "XDPContext")", forSection: section))
  }

  @Test("The record of an event that has a class can have the class' name")
  func classes() {
    let section = "tracepoint/sched/sched_wakeup"
    #expect(KernelTypeContext.isDeclared("TasksKernel.TraceEventRawSchedWakeupTemplate", forSection: section))
    #expect(!KernelTypeContext.isDeclared("TasksKernel.SchedWakeup", forSection: section))
  }

  @Test("A symbol says everything about its access")
  func symbols() {
    let forms: [KernelTypeForm] = [
      .integer(byteCount: 1, isSigned: false), .integer(byteCount: 8, isSigned: true), .boolean, .pointer,
      .enumeration(byteCount: 4), .bits(isSigned: true), .bits(isSigned: false), .record, .none,
      .array(of: .integer(byteCount: 2, isSigned: false), count: 12), .array(of: .pointer, count: 3),
      .array(of: .enumeration(byteCount: 4), count: 2), .array(of: .boolean, count: 2),
      .array(of: .record, count: 2),
    ]
    for form in forms {
      let access = KernelTypeAccess(.load, form, "struct", "task_struct", ["thread_info", "status"])
      #expect(KernelTypeAccess(symbol: access.symbol) == access)
    }
    #expect(KernelTypeAccess(symbol: "bpf_core.load.u7.struct.x.y") == nil)
    #expect(KernelTypeAccess(symbol: "bpf_map_lookup_elem") == nil)
  }
}
