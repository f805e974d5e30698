//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Programs that trace functions, written as functions with the traced function's arguments:
//
//     SEC("kprobe/do_unlinkat")
//     int BPF_KPROBE(unlinked, int dfd, struct filename *name) { ... }
//
// Code that reads registers depends on the kernel's architecture: compile with -D__TARGET_ARCH_x86, for instance; see
// "bpf_regs.h". vmlinux.h, <bpf/bpf_types.h> or <linux/ptrace.h> defines the structure of registers.

#ifndef __BPF_TRACING_H__
#define __BPF_TRACING_H__

#include "bpf_helpers.h"

#include "bpf_core_read.h"
#include "bpf_regs.h"

struct pt_regs;

// MARK: - Registers

#if defined(bpf_target_defined)
/// A register in the program's own context, read directly.
#define __bpf_reg(x, reg) (__PT_REGS_CAST(x)->reg)
#define __bpf_entry_reg(x, reg) (__PT_ENTRY_CAST(x)->reg)
#if defined(__PT_REGS_HAVE_OWN_NAMES)
/// A register in another structure in kernel memory. The structure's names are not the kernel's, so that CO-RE would not
/// find them, but the layout is the same in every kernel.
#define __bpf_reg_core(x, reg) \
  ({ \
    typeof(+__bpf_reg(x, reg)) ___register; \
    bpf_probe_read_kernel(&___register, sizeof(___register), &__bpf_reg(x, reg)); \
    ___register; \
  })
#define __bpf_entry_reg_core(x, reg) __bpf_reg_core(x, reg)
#else
/// A register in another structure in kernel memory, read with CO-RE.
#define __bpf_reg_core(x, reg) BPF_CORE_READ(__PT_REGS_CAST(x), reg)
#define __bpf_entry_reg_core(x, reg) BPF_CORE_READ(__PT_ENTRY_CAST(x), reg)
#endif
#else
#define __bpf_reg(x, reg) \
  ({ \
    _Pragma("GCC error \"the architecture is unknown: define __TARGET_ARCH_x86, or another\"") 0l; \
  })
#define __bpf_reg_core(x, reg) __bpf_reg(x, reg)
#define __bpf_entry_reg(x, reg) __bpf_reg(x, reg)
#define __bpf_entry_reg_core(x, reg) __bpf_reg(x, reg)
#endif

#define PT_REGS_PARM1(x) __bpf_reg(x, __PT_PARM1_REG)
#define PT_REGS_PARM2(x) __bpf_reg(x, __PT_PARM2_REG)
#define PT_REGS_PARM3(x) __bpf_reg(x, __PT_PARM3_REG)
#define PT_REGS_PARM4(x) __bpf_reg(x, __PT_PARM4_REG)
#define PT_REGS_PARM5(x) __bpf_reg(x, __PT_PARM5_REG)
#define PT_REGS_PARM6(x) __bpf_reg(x, __PT_PARM6_REG)
#define PT_REGS_PARM7(x) __bpf_reg(x, __PT_PARM7_REG)
#define PT_REGS_PARM8(x) __bpf_reg(x, __PT_PARM8_REG)
#define PT_REGS_RET(x) __bpf_reg(x, __PT_RET_REG)
#define PT_REGS_FP(x) __bpf_reg(x, __PT_FP_REG)
#define PT_REGS_RC(x) __bpf_reg(x, __PT_RC_REG)
#define PT_REGS_SP(x) __bpf_reg(x, __PT_SP_REG)
#define PT_REGS_IP(x) __bpf_reg(x, __PT_IP_REG)

#define PT_REGS_PARM1_CORE(x) __bpf_reg_core(x, __PT_PARM1_REG)
#define PT_REGS_PARM2_CORE(x) __bpf_reg_core(x, __PT_PARM2_REG)
#define PT_REGS_PARM3_CORE(x) __bpf_reg_core(x, __PT_PARM3_REG)
#define PT_REGS_PARM4_CORE(x) __bpf_reg_core(x, __PT_PARM4_REG)
#define PT_REGS_PARM5_CORE(x) __bpf_reg_core(x, __PT_PARM5_REG)
#define PT_REGS_PARM6_CORE(x) __bpf_reg_core(x, __PT_PARM6_REG)
#define PT_REGS_PARM7_CORE(x) __bpf_reg_core(x, __PT_PARM7_REG)
#define PT_REGS_PARM8_CORE(x) __bpf_reg_core(x, __PT_PARM8_REG)
#define PT_REGS_RET_CORE(x) __bpf_reg_core(x, __PT_RET_REG)
#define PT_REGS_FP_CORE(x) __bpf_reg_core(x, __PT_FP_REG)
#define PT_REGS_RC_CORE(x) __bpf_reg_core(x, __PT_RC_REG)
#define PT_REGS_SP_CORE(x) __bpf_reg_core(x, __PT_SP_REG)
#define PT_REGS_IP_CORE(x) __bpf_reg_core(x, __PT_IP_REG)

#define PT_REGS_PARM1_SYSCALL(x) __bpf_entry_reg(x, __PT_PARM1_SYSCALL_REG)
#define PT_REGS_PARM2_SYSCALL(x) __bpf_reg(x, __PT_PARM2_SYSCALL_REG)
#define PT_REGS_PARM3_SYSCALL(x) __bpf_reg(x, __PT_PARM3_SYSCALL_REG)
#define PT_REGS_PARM4_SYSCALL(x) __bpf_reg(x, __PT_PARM4_SYSCALL_REG)
#define PT_REGS_PARM5_SYSCALL(x) __bpf_reg(x, __PT_PARM5_SYSCALL_REG)
#define PT_REGS_PARM6_SYSCALL(x) __bpf_reg(x, __PT_PARM6_SYSCALL_REG)
#define PT_REGS_PARM7_SYSCALL(x) __bpf_reg(x, __PT_PARM7_SYSCALL_REG)

#define PT_REGS_PARM1_CORE_SYSCALL(x) __bpf_entry_reg_core(x, __PT_PARM1_SYSCALL_REG)
#define PT_REGS_PARM2_CORE_SYSCALL(x) __bpf_reg_core(x, __PT_PARM2_SYSCALL_REG)
#define PT_REGS_PARM3_CORE_SYSCALL(x) __bpf_reg_core(x, __PT_PARM3_SYSCALL_REG)
#define PT_REGS_PARM4_CORE_SYSCALL(x) __bpf_reg_core(x, __PT_PARM4_SYSCALL_REG)
#define PT_REGS_PARM5_CORE_SYSCALL(x) __bpf_reg_core(x, __PT_PARM5_SYSCALL_REG)
#define PT_REGS_PARM6_CORE_SYSCALL(x) __bpf_reg_core(x, __PT_PARM6_SYSCALL_REG)
#define PT_REGS_PARM7_CORE_SYSCALL(x) __bpf_reg_core(x, __PT_PARM7_SYSCALL_REG)

/// The registers that hold a system call's arguments, for a probe on the function that implements the call. Most
/// architectures pass that function a pointer to them.
#ifdef __PT_SYSCALLS_ARE_PLAIN
#define PT_REGS_SYSCALL_REGS(ctx) ctx
#else
#define PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs *)PT_REGS_PARM1(ctx))
#endif

// Sets `ip` to the probed function's return address, at its entry (KPROBE) or at its return (KRETPROBE).
#if defined(bpf_target_x86) || !defined(bpf_target_defined)
#define BPF_KPROBE_READ_RET_IP(ip, ctx) \
  ({ bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)PT_REGS_RET(ctx)); })
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) \
  ({ bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)(PT_REGS_FP(ctx) + sizeof(ip))); })
#else
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ (ip) = PT_REGS_RET(ctx); })
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) BPF_KPROBE_READ_RET_IP(ip, ctx)
#endif

// MARK: - Programs

/// Defines a program `name`, which the kernel calls with a context, and the function ____name, which has the arguments
/// and the body that follows. `values` is a list in parentheses. The values are 64-bit numbers. The program's author
/// declares pointers or narrower types, so warnings about these conversions are off.
#define __bpf_program(name, context, values, args...) \
  name(context *ctx); \
  static __always_inline typeof(name(0)) ____##name(context *ctx, ##args); \
  typeof(name(0)) name(context *ctx) { \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wint-conversion\"") \
    return ____##name values; \
    _Pragma("GCC diagnostic pop") \
  } \
  static __always_inline typeof(name(0)) ____##name(context *ctx __attribute__((unused)), ##args)

/// Defines a program of kind fentry, fexit, fmod_ret, lsm, tp_btf or struct_ops. The kernel passes an array of 64-bit
/// numbers. The body can also use `ctx`.
#define BPF_PROG(name, args...) \
  __bpf_program(name, unsigned long long, (ctx __bpf_each(__bpf_array_value, ctx, ##args)), ##args)
#define __bpf_array_value(i, ctx, x) , ctx[i - 1]

/// Same as BPF_PROG, for arguments that may be structures of up to 16 bytes. Separate types and names by commas:
/// `int BPF_PROG2(name, struct pair, a, int, b)`.
#define BPF_PROG2(name, args...) \
  name(unsigned long long *ctx); \
  static __always_inline typeof(name(0)) \
      ____##name(unsigned long long *ctx __bpf_each_pair(__bpf_parameter, __bpf_reg_count, ##args)); \
  typeof(name(0)) name(unsigned long long *ctx) { \
    return ____##name(ctx __bpf_each_pair(__bpf_pair_value, __bpf_reg_count, ##args)); \
  } \
  static __always_inline typeof(name(0)) ____##name( \
      unsigned long long *ctx __attribute__((unused)) __bpf_each_pair(__bpf_parameter, __bpf_reg_count, ##args))

/// The number of 64-bit numbers that hold a value.
#define __bpf_reg_count(t) ((sizeof(t) + 7) / 8)
#define __bpf_parameter(from, t, x) , t x

/// A value of type `t` whose bytes are in ctx[from] and, if it is wider than 8 bytes, in the next number. A narrow
/// value is in the low bits of its number, in either byte order.
#define __bpf_pair_value(from, t, x) \
  , ({ \
    _Static_assert(sizeof(t) <= 16, "no argument has more than 16 bytes"); \
    union { \
      t value; \
      __bpf_unsigned(t) numbers[__bpf_reg_count(t)]; \
    } ___argument; \
    ___argument.numbers[0] = ctx[from]; \
    if (sizeof(t) > 8) ___argument.numbers[__bpf_reg_count(t) - 1] = ctx[(from) + 1]; \
    ___argument.value; \
  })
#define __bpf_unsigned(t) \
  typeof(__builtin_choose_expr( \
      sizeof(t) == 1, (__u8)0, \
      __builtin_choose_expr(sizeof(t) == 2, (__u16)0, __builtin_choose_expr(sizeof(t) == 4, (__u32)0, (__u64)0))))

/// Defines a kprobe program. Its arguments are the probed function's arguments that are in registers.
#define BPF_KPROBE(name, args...) \
  __bpf_program(name, struct pt_regs, (ctx __bpf_each(__bpf_parm_value, ctx, ##args)), ##args)
#define __bpf_parm_value(i, ctx, x) , (unsigned long long)PT_REGS_PARM##i(ctx)

/// Defines a kretprobe program. Its argument, which you can omit, is the probed function's return value. The function's
/// arguments are not available.
#define BPF_KRETPROBE(name, args...) \
  __bpf_program(name, struct pt_regs, (ctx __bpf_each(__bpf_returned_value, ctx, ##args)), ##args)
#define __bpf_returned_value(i, ctx, x) , (unsigned long long)PT_REGS_RC(ctx)

/// The same for user-space functions.
#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)
#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)

/// Defines a ksyscall program, or a kprobe program on the function that implements a system call. Its arguments are
/// those of the system call. The loader sets whether the kernel passes that function a pointer to the registers. Does
/// not handle other conventions: compat calls, and on some architectures mmap, clone and calls through socketcall.
#define BPF_KSYSCALL(name, args...) \
  name(struct pt_regs *ctx); \
  extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig; \
  static __always_inline typeof(name(0)) ____##name(struct pt_regs *ctx, ##args); \
  typeof(name(0)) name(struct pt_regs *ctx) { \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wint-conversion\"") \
    if (LINUX_HAS_SYSCALL_WRAPPER) { \
      struct pt_regs *regs __attribute__((unused)) = (struct pt_regs *)PT_REGS_PARM1(ctx); \
      return ____##name(ctx __bpf_each(__bpf_syscall_value_core, regs, ##args)); \
    } \
    return ____##name(ctx __bpf_each(__bpf_syscall_value, ctx, ##args)); \
    _Pragma("GCC diagnostic pop") \
  } \
  static __always_inline typeof(name(0)) ____##name(struct pt_regs *ctx __attribute__((unused)), ##args)
#define __bpf_syscall_value(i, regs, x) , (unsigned long long)PT_REGS_PARM##i##_SYSCALL(regs)
#define __bpf_syscall_value_core(i, regs, x) , (unsigned long long)PT_REGS_PARM##i##_CORE_SYSCALL(regs)

#define BPF_KPROBE_SYSCALL BPF_KSYSCALL

#endif
