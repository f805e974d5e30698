//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import KernelFixtures
import Testing

/// Errors of programs that the verifier rejects. Since Linux 6.9, source lines in the log include the file name.
@Suite("Programs that the verifier rejects", .kernel, .kernel(since: "6.9"))
struct RefusalTests {
  private static let file = Result { try ObjectFixture.object("refusals") }

  /// Loads one program of the fixture and returns the error.
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
    "An error in a subprogram names the calling lines, at every log level",
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

  @Test("The description begins with the verifier's reason and errno")
  func description() throws {
    let error = try refusal(of: "in_subprogram")
    #expect(
      "\(error)".hasPrefix(
        "loading of program 'in_subprogram': R1 invalid mem access 'scalar' (EACCES)\nat instruction "))
  }

  @Test("An error in a callback names the call that passed it")
  func callback() throws {
    let error = try refusal(of: "in_callback")
    #expect(error.explanation.contains("\ncompiled from: return *(long *)context[0]; @ "))
    #expect(error.explanation.contains("\ncalled from: bpf_loop(10, each, &value, 0); @ "))
    #expect(!error.explanation.contains("frame1"))
  }

  @Test("An error in a global function, which is verified separately, names the function")
  func globalFunction() throws {
    let error = try refusal(of: "in_global_function")
    #expect(error.explanation.contains("\ncalled from: return inner((long *)(long)number) + 1; @ "))
    #expect(
      error.explanation.hasSuffix("\nin the global function 'of_any', which the verifier checks separately"))
  }

  @Test(
    "Names the missing extern or map instead of the poisoned call",
    arguments: [
      (
        "missing_kfunc",
        "the kernel has no kfunc 'bpf_no_such_kfunc': check bpf_ksym_exists(bpf_no_such_kfunc) before the call"
      ),
      (
        "differing_kfunc",
        "the kernel has the kfunc 'bpf_rcu_read_lock' with other parameters or another result than the program declares: check bpf_ksym_exists(bpf_rcu_read_lock) before the call"
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
