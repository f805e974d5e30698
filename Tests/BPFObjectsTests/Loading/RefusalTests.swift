//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import KernelFixtures
import Testing

/// What an error tells of a program that the verifier refuses. Since Linux 6.9 its lines name the file.
@Suite("Programs that the verifier refuses", .kernel, .kernel(since: "6.9"))
struct RefusalTests {
  private static let file = Result { try ObjectFixture.object("refusals") }

  /// The error of loading one program of the fixture.
  private func refusal(
    of program: String, _ level: LoadOptions.VerifierLogLevel = .none
  ) throws -> BPFError {
    var file = try Self.file.get()
    file.programs[program]?.isLoaded = true
    file.maps["absent"]?.isCreated = false
    let loaded = file
    let error = try #require(throws: BPFError.self) { try loaded.load(LoadOptions(verifierLog: level)) }
    #expect(error.code == .rejected && error.programName == program)
    return error
  }

  @Test(
    "A fault in a function that the program calls names the lines that called, at every level of the log",
    arguments: [LoadOptions.VerifierLogLevel.none, .statistics, .instructions, .states])
  func subprogram(_ level: LoadOptions.VerifierLogLevel) throws {
    let error = try refusal(of: "in_subprogram", level)
    let lines = error.explanation.split(separator: "\n")
    try #require(lines.count == 5, "\(error)")
    #expect(lines[0] == "R1 invalid mem access 'scalar'")
    #expect(lines[1].hasPrefix("at instruction ") && lines[1].hasSuffix(": (79) r0 = *(u64 *)(r1 +0)"))
    #expect(lines[2].hasPrefix("compiled from: return *value; @ "))
    #expect(lines[3].hasPrefix("called from: return inner(value) + skb->len; @ "))
    #expect(lines[4].hasPrefix("called from: return middle(skb, &value); @ "))
    #expect(error.log?.contains("(79) r0 = *(u64 *)(r1 +0)") == true)
  }

  @Test("The description begins with the verifier's reason, and the errno follows it")
  func description() throws {
    let error = try refusal(of: "in_subprogram")
    #expect(
      "\(error)".hasPrefix(
        "loading of program 'in_subprogram': R1 invalid mem access 'scalar' (EACCES)\nat instruction "))
  }

  @Test("A fault in a function that is called back names the call that was given it")
  func callback() throws {
    let error = try refusal(of: "in_callback")
    #expect(error.explanation.contains("\ncompiled from: return *(long *)context[0]; @ "))
    #expect(error.explanation.contains("\ncalled from: bpf_loop(10, each, &value, 0); @ "))
    #expect(!error.explanation.contains("frame1"))
  }

  @Test("A fault in a global function, which is checked without its callers, names the function")
  func globalFunction() throws {
    let error = try refusal(of: "in_global_function")
    #expect(error.explanation.contains("\ncalled from: return inner((long *)(long)number) + 1; @ "))
    #expect(
      error.explanation.hasSuffix("\nin the global function 'of_any', which the verifier checks by itself"))
  }

  @Test(
    "What was missing is named, and not the call that stands for it",
    arguments: [
      (
        "missing_kfunc",
        "the kernel has no function 'bpf_no_such_kfunc' for programs to call (kfunc): ask bpf_ksym_exists(bpf_no_such_kfunc) before the call"
      ),
      (
        "differing_kfunc",
        "the kernel has its function 'bpf_rcu_read_lock' with other parameters or another result than the program declares: ask bpf_ksym_exists(bpf_rcu_read_lock) before the call"
      ),
      ("missing_map", "the program uses the map 'absent', which was not created"),
    ])
  func missing(program: String, reason: String) throws {
    let error = try refusal(of: program)
    #expect(error.explanation.hasPrefix(reason + "\nat instruction "))
    #expect(!error.explanation.contains("invalid func"))
    #expect(error.log?.contains("invalid func unknown#") == true)
  }
}
