//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The registers of the process that a probe interrupts, with the names of <asm/ptrace.h>. "bpf_tracing.h" has macros
// that read them by purpose, such as an argument.
//
// They depend on the architecture: without -D__TARGET_ARCH_x86 or _arm64, this header defines none. For other
// architectures, a program that reads registers includes the system's <asm/ptrace.h>.
//
// Include <bpf/bpf_types.h>, which includes this.

#ifndef __BPF_USER_REGS_H__
#define __BPF_USER_REGS_H__

#if defined(__TARGET_ARCH_x86)

#if !defined(_ASM_X86_PTRACE_H)
#define _ASM_X86_PTRACE_H
struct pt_regs {
  unsigned long r15;
  unsigned long r14;
  unsigned long r13;
  unsigned long r12;
  unsigned long rbp;
  unsigned long rbx;
  unsigned long r11;
  unsigned long r10;
  unsigned long r9;
  unsigned long r8;
  unsigned long rax;
  unsigned long rcx;
  unsigned long rdx;
  unsigned long rsi;
  unsigned long rdi;
  unsigned long orig_rax;
  unsigned long rip;
  unsigned long cs;
  unsigned long eflags;
  unsigned long rsp;
  unsigned long ss;
};
#endif

#elif defined(__TARGET_ARCH_arm64)

#if !defined(__ASM_PTRACE_H) && !defined(_UAPI__ASM_PTRACE_H)
#define __ASM_PTRACE_H
struct user_pt_regs {
  __u64 regs[31];
  __u64 sp;
  __u64 pc;
  __u64 pstate;
};
#endif

#endif

#endif
