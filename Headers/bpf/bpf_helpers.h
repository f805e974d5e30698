//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// What every BPF program is made of: sections, maps, attributes, loops, printing, and all helpers.
//
//     #include "vmlinux.h"  // or <bpf/bpf_types.h>
//     #include <bpf/bpf_helpers.h>

#ifndef __BPF_HELPERS__
#define __BPF_HELPERS__

#include "bpf_args.h"
#include "bpf_helper_defs.h"

// MARK: - Sections and maps

/// Puts a program, a map or a variable into a section, by whose name the loader knows what it is. `used` keeps what
/// only the loader refers to; on a declaration of something external it means nothing, and the compiler would say so.
#define SEC(name) \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wignored-attributes\"") \
      __attribute__((section(name), used)) _Pragma("GCC diagnostic pop")

// A map is a structure whose members' types tell its attributes:
//
//     struct {
//       __uint(type, BPF_MAP_TYPE_HASH);
//       __uint(max_entries, 1024);
//       __type(key, __u32);
//       __type(value, __u64);
//     } hits SEC(".maps");

/// An attribute that is a number: the length of an array.
#define __uint(name, val) int(*name)[val]
/// An attribute that is a number of more than 31 bits: an enumerator's value.
#define __ulong(name, val) \
  enum { ___bpf_apply(__bpf_ulong_, __COUNTER__) = (val) } name
/// An attribute that is a type.
#define __type(name, val) typeof(val) *name
/// What the slots of a map hold: programs, or maps of this type. Values may be given to begin with.
#define __array(name, val) typeof(val) *name[]

/// What `__uint(pinning, ...)` takes.
enum libbpf_pin_type {
  LIBBPF_PIN_NONE,
  /// The map is shared with all who load it from the same place of a BPF file system.
  LIBBPF_PIN_BY_NAME,
};

/// A variable that the loader sets to an option of the kernel's configuration, or to what it knows of the kernel.
#define __kconfig __attribute__((section(".kconfig")))

/// An option that may be built as a module.
enum libbpf_tristate {
  TRI_NO = 0,
  TRI_YES = 1,
  TRI_MODULE = 2,
};

/// A variable or function (kfunc) of the kernel.
#define __ksym __attribute__((section(".ksyms")))

/// Whether the kernel has a symbol that was declared `__weak __ksym`.
#define bpf_ksym_exists(sym) \
  ({ \
    _Static_assert(!__builtin_constant_p(!!sym), #sym " must be declared __weak to be absent"); \
    !!sym; \
  })

// MARK: - Attributes

// <linux/stddef.h> has another one.
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif

/// Of several definitions the linker takes one; a symbol of the kernel may be absent.
#ifndef __weak
#define __weak __attribute__((weak))
#endif

/// The verifier looks into the function at each call, as into a static one, and not once for all arguments.
#define __hidden __attribute__((visibility("hidden")))

// What a pointer in a map's value points to.
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define __uptr __attribute__((btf_type_tag("uptr")))

// What the verifier may take for granted about an argument of a global function, and asks of its callers.
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#define __arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))
#define __arg_nullable __attribute__((btf_decl_tag("arg:nullable")))
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#define __arg_untrusted __attribute__((btf_decl_tag("arg:untrusted")))
#define __arg_arena __attribute__((btf_decl_tag("arg:arena")))

// MARK: - C

#ifndef NULL
#define NULL ((void *)0)
#endif

#ifndef likely
#define likely(x) (__builtin_expect(!!(x), 1))
#endif
#ifndef unlikely
#define unlikely(x) (__builtin_expect(!!(x), 0))
#endif

/// A kernel's version as LINUX_KERNEL_VERSION has it.
#ifndef KERNEL_VERSION
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif

// The compiler's own offsetof is a plain number: through a member's address it can be relocated (CO-RE).
#undef offsetof
#define offsetof(type, member) ((unsigned long)&((type *)0)->member)

#undef container_of
#define container_of(ptr, type, member) ((type *)((char *)(void *)(ptr) - offsetof(type, member)))

/// The compiler forgets what it knows of memory.
#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif

/// The compiler forgets what it knows of a variable, and so keeps a check of it that it thinks is settled.
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif

/// Code that is not to be there: where the compiler cannot remove it, the program does not load.
#ifndef __bpf_unreachable
#define __bpf_unreachable() __builtin_trap()
#endif

#if defined(__bpf__)
/// bpf_tail_call to a slot known when compiling. The kernel jumps there directly if it sees one map and one number at
/// the call; written out, the compiler cannot share the call between paths that have different ones.
static __always_inline void bpf_tail_call_static(void *ctx, const void *map, const __u32 slot) {
  if (!__builtin_constant_p(slot)) __bpf_unreachable();
  asm volatile(
      "r1 = %[context]\n\t"
      "r2 = %[programs]\n\t"
      "r3 = %[index]\n\t"
      "call 12"
      :
      : [context] "r"(ctx), [programs] "r"(map), [index] "i"(slot)
      : "r0", "r1", "r2", "r3", "r4", "r5");
}
#endif

#include "bpf_loops.h"
#include "bpf_print.h"

#endif
