//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Programs on USDT probes, the tracepoints in user-space programs and libraries:
//
//     SEC("usdt/./a.out:provider:name")
//     int BPF_USDT(fired, int code, const char *text) { ... }
//
// The traced file describes the locations of a probe's arguments. The loader copies these specifications into a map,
// and the functions here look them up when the probe fires.

#ifndef __USDT_BPF_H__
#define __USDT_BPF_H__

#include "bpf_helpers.h"
#include "bpf_tracing.h"

// These are macros in the kernel, so vmlinux.h lacks them.
#ifndef ENOENT
#define ENOENT 2
#endif
#ifndef ESRCH
#define ESRCH 3
#endif
#ifndef EINVAL
#define EINVAL 22
#endif

/// The maximum number of different argument specifications, over all probes that the program is attached to.
#ifndef BPF_USDT_MAX_SPEC_CNT
#define BPF_USDT_MAX_SPEC_CNT 256
#endif
/// The maximum number of probe locations in the traced files, for kernels without attach cookies (before Linux 5.15).
#ifndef BPF_USDT_MAX_IP_CNT
#define BPF_USDT_MAX_IP_CNT (4 * BPF_USDT_MAX_SPEC_CNT)
#endif
#define BPF_USDT_MAX_ARG_CNT 12

// MARK: - Data from the loader

enum __bpf_usdt_arg_type {
  /// A constant, `val_off`.
  BPF_USDT_ARG_CONST,
  /// The register at `reg_off` in the context.
  BPF_USDT_ARG_REG,
  /// Memory at the address in a register plus `val_off`.
  BPF_USDT_ARG_REG_DEREF,
  /// Memory, with an element index in a second register.
  BPF_USDT_ARG_SIB,
};

/// The location of an argument. `arg_type` was 32 bits wide before it was split to add the second register.
struct __bpf_usdt_arg_spec {
  __u64 val_off;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  __u32 arg_type : 8;
  __u32 idx_reg_off : 12;
  __u32 scale_bitshift : 4;
  __u32 __reserved : 8;
#else
  __u32 __reserved : 8;
  __u32 scale_bitshift : 4;
  __u32 idx_reg_off : 12;
  __u32 arg_type : 8;
#endif
  short reg_off;
  _Bool arg_signed;
  /// The number of unused bits: 64 minus the argument's width.
  char arg_bitshift;
};

struct __bpf_usdt_spec {
  struct __bpf_usdt_arg_spec args[BPF_USDT_MAX_ARG_CNT];
  __u64 usdt_cookie;
  short arg_cnt;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, BPF_USDT_MAX_SPEC_CNT);
  __type(key, int);
  __type(value, struct __bpf_usdt_spec);
} __bpf_usdt_specs SEC(".maps") __weak;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, BPF_USDT_MAX_IP_CNT);
  __type(key, long);
  __type(value, __u32);
} __bpf_usdt_ip_to_spec_id SEC(".maps") __weak;

extern const _Bool LINUX_HAS_BPF_COOKIE __kconfig;

// MARK: - The probe that fired

/// Returns the probe's specification from the loader; null if there is none.
static __always_inline struct __bpf_usdt_spec *__bpf_usdt_find(struct pt_regs *ctx) {
  int id;
  if (LINUX_HAS_BPF_COOKIE) {
    id = bpf_get_attach_cookie(ctx);
  } else {
    long ip = PT_REGS_IP(ctx);
    int *known = bpf_map_lookup_elem(&__bpf_usdt_ip_to_spec_id, &ip);
    if (!known) return NULL;
    id = *known;
  }
  return bpf_map_lookup_elem(&__bpf_usdt_specs, &id);
}

/// Returns the location of argument `arg_num`, counted from 0; null if there is no such argument.
static __always_inline struct __bpf_usdt_arg_spec *__bpf_usdt_find_arg(struct __bpf_usdt_spec *spec, __u64 arg_num) {
  if (arg_num >= BPF_USDT_MAX_ARG_CNT) return NULL;
  // The verifier requires the check above. The compiler would merge it into the one below.
  barrier_var(arg_num);
  if (arg_num >= (__u64)spec->arg_cnt) return NULL;
  return &spec->args[arg_num];
}

/// Reads the register at an offset in the context.
static __always_inline int __bpf_usdt_register(struct pt_regs *ctx, int offset, unsigned long *value) {
  return bpf_probe_read_kernel(value, sizeof(*value), (const char *)ctx + offset);
}

/// Returns the number of the probe's arguments, or -ESRCH if the loader has not registered the probe.
__weak __hidden int bpf_usdt_arg_cnt(struct pt_regs *ctx) {
  struct __bpf_usdt_spec *spec = __bpf_usdt_find(ctx);
  return spec ? spec->arg_cnt : -ESRCH;
}

/// Returns the size of an argument in bytes; -ENOENT if there is no such argument, or -ESRCH for an unknown probe.
static __always_inline int bpf_usdt_arg_size(struct pt_regs *ctx, __u64 arg_num) {
  struct __bpf_usdt_spec *spec = __bpf_usdt_find(ctx);
  if (!spec) return -ESRCH;
  struct __bpf_usdt_arg_spec *arg = __bpf_usdt_find_arg(spec, arg_num);
  return arg ? (int)(8 - (unsigned int)arg->arg_bitshift / 8) : -ENOENT;
}

/// Sets `*res` to an argument, a number or an address. Returns 0; or an error, with `*res` set to 0.
__weak __hidden int bpf_usdt_arg(struct pt_regs *ctx, __u64 arg_num, long *res) {
  unsigned long value = 0, index = 0;
  int error = 0;

  *res = 0;
  struct __bpf_usdt_spec *spec = __bpf_usdt_find(ctx);
  if (!spec) return -ESRCH;
  struct __bpf_usdt_arg_spec *arg = __bpf_usdt_find_arg(spec, arg_num);
  if (!arg) return -ENOENT;

  if (arg->arg_type == BPF_USDT_ARG_CONST) {
    value = arg->val_off;
  } else if (arg->arg_type <= BPF_USDT_ARG_SIB) {
    error = __bpf_usdt_register(ctx, arg->reg_off, &value);
    if (error) return error;
  } else {
    return -EINVAL;
  }

  if (arg->arg_type == BPF_USDT_ARG_SIB) {
    error = __bpf_usdt_register(ctx, arg->idx_reg_off, &index);
    if (error) return error;
    value += index << arg->scale_bitshift;
  }
  if (arg->arg_type >= BPF_USDT_ARG_REG_DEREF) {
    error = bpf_probe_read_user(&value, sizeof(value), (const void *)(value + arg->val_off));
    if (error) return error;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value >>= arg->arg_bitshift;
#endif
  }

  // Extends a narrower argument to 64 bits.
  value <<= arg->arg_bitshift;
  *res = arg->arg_signed ? (long)value >> arg->arg_bitshift : (long)(value >> arg->arg_bitshift);
  return 0;
}

/// Returns the cookie that was set when the program was attached to the probe, or 0. The loader uses the kernel's own
/// cookie (bpf_get_attach_cookie) for itself.
__weak __hidden long bpf_usdt_cookie(struct pt_regs *ctx) {
  struct __bpf_usdt_spec *spec = __bpf_usdt_find(ctx);
  return spec ? spec->usdt_cookie : 0;
}

/// Defines a program on a USDT probe, with the probe's arguments. The body can also use `ctx`.
#define BPF_USDT(name, args...) \
  __bpf_program(name, struct pt_regs, (ctx __bpf_each(__bpf_usdt_value, ctx, ##args)), ##args)
#define __bpf_usdt_value(i, ctx, x) \
  , ({ \
    long ___argument; \
    bpf_usdt_arg(ctx, i - 1, &___argument); \
    ___argument; \
  })

#endif
