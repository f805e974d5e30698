//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The basics of every BPF program: sections, maps, attributes, loops, printing, and all helpers.
//
//     #include "vmlinux.h"  // or <bpf/bpf_types.h>
//     #include <bpf/bpf_helpers.h>

#ifndef __BPF_HELPERS__
#define __BPF_HELPERS__

#include "bpf_args.h"
#include "bpf_helper_defs.h"

// MARK: - Sections and maps

/// Puts a program, a map or a variable into a section, whose name tells the loader its kind. `used` keeps symbols that
/// only the loader refers to. On an external declaration it has no effect, and the pragmas suppress the warning.
#define SEC(name) \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wignored-attributes\"") \
      __attribute__((section(name), used)) _Pragma("GCC diagnostic pop")

// A map is a structure whose members' types encode its attributes:
//
//     struct {
//       __uint(type, BPF_MAP_TYPE_HASH);
//       __uint(max_entries, 1024);
//       __type(key, __u32);
//       __type(value, __u64);
//     } hits SEC(".maps");

/// A number as an attribute, encoded as the length of an array.
#define __uint(name, val) int(*name)[val]
/// A number of more than 31 bits as an attribute, encoded as an enumerator's value.
#define __ulong(name, val) \
  enum { ___bpf_apply(__bpf_ulong_, __COUNTER__) = (val) } name
/// A type as an attribute.
#define __type(name, val) typeof(val) *name
/// The type of a map's slots: programs, or inner maps of this type. An initializer sets their initial contents.
#define __array(name, val) typeof(val) *name[]

/// Values for `__uint(pinning, ...)`.
enum libbpf_pin_type {
  LIBBPF_PIN_NONE,
  /// All objects that are loaded with the same pin path in a BPF file system share the map.
  LIBBPF_PIN_BY_NAME,
};

/// A variable that the loader sets: to an option of the kernel's configuration, or to a property of the kernel.
#define __kconfig __attribute__((section(".kconfig")))

/// The value of an option that may be built as a module.
enum libbpf_tristate {
  TRI_NO = 0,
  TRI_YES = 1,
  TRI_MODULE = 2,
};

/// Declares a variable or a function (kfunc) of the kernel.
#define __ksym __attribute__((section(".ksyms")))

/// Whether the kernel has a symbol that was declared `__weak __ksym`.
#define bpf_ksym_exists(sym) \
  ({ \
    _Static_assert(!__builtin_constant_p(!!sym), #sym " must be declared __weak to be absent"); \
    !!sym; \
  })

// MARK: - Attributes

// <linux/stddef.h> has another definition.
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif

/// Allows several definitions, of which the linker selects one. A weak kernel symbol may be missing.
#ifndef __weak
#define __weak __attribute__((weak))
#endif

/// Makes the verifier check the function at each call, like a static function, instead of once for all arguments.
#define __hidden __attribute__((visibility("hidden")))

// Kinds of pointers in a map's value.
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define __uptr __attribute__((btf_type_tag("uptr")))

// Properties of a global function's argument. The verifier assumes them in the function, and requires them of callers.
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

/// A kernel version in the format of LINUX_KERNEL_VERSION.
#ifndef KERNEL_VERSION
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif

// The compiler's own offsetof is a plain number. The offset of a member's address can be relocated (CO-RE).
#undef offsetof
#define offsetof(type, member) ((unsigned long)&((type *)0)->member)

#undef container_of
#define container_of(ptr, type, member) ((type *)((char *)(void *)(ptr) - offsetof(type, member)))

/// Makes the compiler discard its assumptions about memory.
#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif

/// Makes the compiler discard its assumptions about a variable, so that it keeps checks that it considers redundant.
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif

/// Marks code that the compiler must remove. If it cannot, the program does not load.
#ifndef __bpf_unreachable
#define __bpf_unreachable() __builtin_trap()
#endif

#if defined(__bpf__)
/// Calls bpf_tail_call with a slot that is a compile-time constant. The kernel turns the call into a direct jump if all
/// paths to it have the same map and slot. The inline assembly prevents the compiler from merging calls that differ.
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
