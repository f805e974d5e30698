// The examples of the article about probing functions.
import BPF
import Glibc

// snippet.ProbingFunctions
let object = try ObjectFile("probes.bpf.o").load()
let link = try object.program("on_call").attach(toUprobe: "getsid", of: "libc.so.6")
// snippet.end
getsid(0)
// snippet.ProbingFunctions
print(try object.variable("calls", as: UInt64.self), "calls")
try link.detach()
// snippet.end

// snippet.ProbingFunctions
let onReturn = try object.program("on_return").attach()  // SEC("uretprobe/libc.so.6:getsid")
// snippet.end

// snippet.ProbingFunctions
let many = try object.program("on_many").attach(toUprobesMatching: "getpg*", of: "libc.so.6")
// snippet.end

// snippet.ProbingFunctions
do {
  let link = try object.program("on_kernel").attach(toKprobe: "do_nanosleep")
  print(link)
} catch { print(error) }  // such as: this kernel has no kprobes: it was built without CONFIG_KPROBES
// snippet.end

// snippet.ProbingFunctions
/// Attaches a program to a USDT probe, such as "memory_sbrk_more" of provider "libc" in libc.so.6.
func listen(to probe: String, of provider: String, in file: FilePath, by program: Program) throws -> Link {
  try program.attach(toUSDT: probe, provider: provider, of: file)
}
// snippet.end

// snippet.ProbingFunctions
let library = try ExecutableFile("libc.so.6")
print(library.path, "has getsid at", try library.offset(of: "getsid"))
for function in try library.functions(matching: "getp?id") {
  print(function.name, function.byteCount, "bytes")
}
for probe in try library.usdtProbes().prefix(3) { print(probe.provider, probe.name, probe.arguments) }
// snippet.end
