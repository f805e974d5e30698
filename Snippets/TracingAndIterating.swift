// The examples of the article about tracing and iterators.
import BPF
import Glibc

// snippet.TracingAndIterating
let object = try ObjectFile("tracing.bpf.o").load()
let calls = try object.program("on_call").attach(
  toTracepoint: "sys_enter_getppid", category: "syscalls", cookie: 1)
let starts = try object.program("on_start").attach()  // SEC("tp_btf/sched_process_exec")
print(try calls.info().target)
// snippet.end
_ = getppid()
print(try object.variable("calls", as: UInt64.self) > 0 ? "calls were counted" : "no call was counted")

// snippet.TracingAndIterating
let ticks = try object.program("on_tick").attach(toPerfEvent: .cpuClock(.frequency(99)), cpu: 0)
// snippet.end

// snippet.TracingAndIterating
struct TaskRecord: BitwiseCopyable {
  var process: Int32
  var thread: Int32
}

let own = try object.program("threads").attachIterator(over: .process(getpid()))
for task in try own.read(as: TaskRecord.self) {
  print(task.process == getpid() ? "a thread of this process" : "?")
}
// snippet.end

// snippet.TracingAndIterating
/// Replaces a function of another program by one of an object file: SEC("freplace/NAME").
func replace(_ function: String, of target: Program, by file: ObjectFile) throws -> [String: Link] {
  var file = file
  file.programs["replacement"]?.attachTarget = function
  file.programs["replacement"]?.targetProgram = target
  return try file.load().attach()
}
// snippet.end

// snippet.TracingAndIterating
/// Traces two functions with one program, which tells them by its cookie: SEC("fentry.multi").
func traceTwo(_ program: Program) throws -> Link {
  try program.attach(toFunctions: ["do_sys_openat2", "hrtimer_nanosleep"], cookies: [1, 2])
}
// snippet.end

// snippet.TracingAndIterating
/// Registers a congestion control of programs: `struct tcp_congestion_ops mine` in SEC(".struct_ops.link").
func register(_ object: Object) throws -> Link {
  try object.attachStructOps("mine")
}
// snippet.end
for link in [calls, starts, ticks, own] { print(link.target) }
