//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import Testing

@Suite("What matters in the verifier's log")
struct VerifierLogTests {
  @Test("Reason, instruction and source line")
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

  @Test("What is said before any instruction")
  func withoutInstruction() {
    let log = VerifierLog("func#0 @0\nInvalid name_offset:77\n")
    #expect(log.reason == "func#0 @0\nInvalid name_offset:77")
    #expect(log.instruction == nil)
    #expect(log.sourceLine == nil)
  }

  @Test("The instruction that is at fault may be poisoned")
  func poison() {
    let log = """
      0: R1=ctx() R10=fp0
      ; return task->no_such_field @ relocations.bpf.c:128
      3: (85) call unknown#195896080
      invalid func unknown#195896080
      """
    #expect(VerifierLog(log).poisonedInstruction == 3)
    // It was reached, and is not why the program was refused.
    #expect(VerifierLog(log + "\n4: (95) exit\nR0 !read_ok").poisonedInstruction == nil)
    #expect(VerifierLog("3: (85) call unknown#1958960801").poisonedInstruction == nil)
    #expect(VerifierLog("invalid func unknown#195896080").poisonedInstruction == nil)
    #expect(VerifierLog("").poisonedInstruction == nil)
  }

  @Test("An empty log says nothing")
  func empty() { #expect(VerifierLog("").description.isEmpty) }
}
