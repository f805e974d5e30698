//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import Testing

@Suite("Verifier logs")
struct VerifierLogTests {
  @Test("Extracts reason, instruction and source line")
  func refusal() {
    let log = VerifierLog(
      """
      0: R1=ctx() R10=fp0
      ; long *value = 0; @ bad.bpf.c:4
      0: (b7) r1 = 0                        ; R1_w=0
      ; return *value; @ bad.bpf.c:5
      1: (79) r0 = *(u64 *)(r1 +0)
      R1 invalid mem access 'scalar'
      processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

      """)
    #expect(log.reason == "R1 invalid mem access 'scalar'")
    #expect(log.instruction == "1: (79) r0 = *(u64 *)(r1 +0)")
    #expect(log.sourceLine == "return *value; @ bad.bpf.c:5")
    #expect(
      log.description == """
        R1 invalid mem access 'scalar'
        at instruction 1: (79) r0 = *(u64 *)(r1 +0)
        compiled from: return *value; @ bad.bpf.c:5
        """)
  }

  @Test("Ignores a report that follows the reason")
  func report() {
    let log = VerifierLog(
      """
      0: (b7) r1 = 0                        ; R1=0
      ; return *address; @ refused.bpf.c:4
      1: (61) r0 = *(u32 *)(r1 +0)
      R1 invalid mem access 'scalar'

      Verification failed: Register Type Safety: Invalid dereference

      Reason:
        R1 is an integer scalar here, not a pointer to memory.
        Instruction context:
            0 | (b7) r1 = 0
        >>> 1 | (61) r0 = *(u32 *)(r1 +0)
      subprog 0 (refused) main insns_self 2 insns_total 2 stack 0
      processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

      """)
    #expect(log.reason == "R1 invalid mem access 'scalar'")
    #expect(log.sourceLine == "return *address; @ refused.bpf.c:4")
    #expect(VerifierLog("Verification failed: no\nReason:").reason == "Verification failed: no")
  }

  @Test("Extracts a reason that precedes all instructions")
  func withoutInstruction() {
    let log = VerifierLog("func#0 @0\nInvalid name_offset:77\n")
    #expect(log.reason == "Invalid name_offset:77")
    #expect(log.instruction == nil)
    #expect(log.sourceLine == nil)
  }

  @Test("Extracts the call of an unknown kfunc, if it is the reason")
  func unknownCall() {
    let log = """
      0: R1=ctx() R10=fp0
      ; return task->no_such_field @ relocations.bpf.c:128
      3: (85) call unknown#195896080
      invalid func unknown#195896080
      """
    #expect(VerifierLog(log).unknownCall ?? (0, 0) == (3, 195_896_080))
    // The call was reached, but it is not the reason.
    #expect(VerifierLog(log + "\n4: (95) exit\nR0 !read_ok").unknownCall == nil)
    #expect(VerifierLog("3: (85) call unknown#x").unknownCall == nil)
    #expect(VerifierLog("invalid func unknown#195896080").unknownCall == nil)
    #expect(VerifierLog("").unknownCall == nil)
  }

  @Test("Follows calls, returns and revisited branches")
  func calls() {
    let log = VerifierLog(
      """
      0: R1=ctx() R10=fp0
      ; first(); @ calls.bpf.c:1
      0: (85) call pc+5
      caller:
       R10=fp0
      callee:
       frame1: R1=ctx() R10=fp0
      6: frame1: R1=ctx() R10=fp0
      ; if (a) @ calls.bpf.c:2
      6: (15) if r1 == 0x0 goto pc+1        ; frame1: R1=ctx()
      7: (95) exit
      returning from callee:
       frame1: R0=0 R1=ctx() R10=fp0
      to caller at 1:
       R0=0 R10=fp0
      1: R0=0 R10=fp0
      ; second(); @ calls.bpf.c:3
      1: (85) call pc+7
      caller:
       R10=fp0
      callee:
       frame1: R10=fp0
      9: frame1: R10=fp0
      9: (95) exit
      mark_precise: frame1: last_idx 9 first_idx 9 subseq_idx -1
      9: safe

      from 6 to 8: frame1: R1=0 R10=fp0
      ; third(a); @ calls.bpf.c:4
      8: (79) r0 = *(u64 *)(r1 +0) 9: frame1: R0=0
      R1 invalid mem access 'scalar'
      processed 6 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
      """)
    #expect(log.instruction == "8: (79) r0 = *(u64 *)(r1 +0)")
    #expect(log.reason == "R1 invalid mem access 'scalar'")
    #expect(log.callers.map(\.sourceLine) == ["first(); @ calls.bpf.c:1"])
    #expect(log.callers.map(\.instruction) == ["0: (85) call pc+5"])
  }

  @Test("Recognizes a global function, skips states, and survives truncated lines")
  func globalFunction() {
    let log = VerifierLog(
      """
      Func#2 ('before') is safe for any args that match its prototype
      Validating inner() func#1...
      7: R1=scalar() R10=fp0
      ; while (true) @ loop.bpf.c:3
      7: (05) goto pc-1
      infinite loop detected at insn 7
      cur state: R1=scalar() R10=fp0
      old state: R1=scalar() R10=fp0
      """)
    #expect(log.function == "inner")
    #expect(log.callers.isEmpty)
    #expect(log.reason == "infinite loop detected at insn 7")
    for cut in [
      "7:", "7: (", "7: (85", "from ", "from 7 to", "frame1", "caller:", "to caller at ", "Validating ", ";",
      "; ",
    ] {
      _ = VerifierLog(cut).description
      _ = VerifierLog("caller:\n\(cut)\n7: frame9: R1=0\n\(cut)").description
    }
  }

  @Test("An empty log has an empty description")
  func empty() { #expect(VerifierLog("").description.isEmpty) }
}
