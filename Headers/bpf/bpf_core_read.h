//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Compile once, run everywhere (CO-RE): the program names a field, and the loader fills in the field's offset in the
// running kernel. Include vmlinux.h for the types, or declare them with the required fields and this attribute:
//
//     struct task_struct {
//       int pid;
//     } __attribute__((preserve_access_index));
//
// The loader ignores three underscores and everything after them in a type's name: it looks for `task_struct` if a
// program declares `task_struct___old`. So a program can declare several flavors of a type, and query which one the
// kernel has.

#ifndef __BPF_CORE_READ_H__
#define __BPF_CORE_READ_H__

#include "bpf_helpers.h"

// MARK: - Queries about the kernel's types

// Arguments of the compiler's built-in functions. Relocations in the object have the same numbers.
enum bpf_field_info_kind {
  BPF_FIELD_BYTE_OFFSET = 0,
  BPF_FIELD_BYTE_SIZE = 1,
  BPF_FIELD_EXISTS = 2,
  BPF_FIELD_SIGNED = 3,
  BPF_FIELD_LSHIFT_U64 = 4,
  BPF_FIELD_RSHIFT_U64 = 5,
};

enum bpf_type_id_kind {
  BPF_TYPE_ID_LOCAL = 0,
  BPF_TYPE_ID_TARGET = 1,
};

enum bpf_type_info_kind {
  BPF_TYPE_EXISTS = 0,
  BPF_TYPE_SIZE = 1,
  BPF_TYPE_MATCHES = 2,
};

enum bpf_enum_value_kind {
  BPF_ENUMVAL_EXISTS = 0,
  BPF_ENUMVAL_VALUE = 1,
};

// A field is an expression (`task->pid`), or a type and one of its fields (`struct task_struct, pid`).
#define __bpf_field(field...) ___bpf_apply(__bpf_field_, ___bpf_narg(field))(field)
#define __bpf_field_1(field) (field)
#define __bpf_field_2(type, field) (((typeof(type) *)0)->field)

/// Whether the kernel has the field.
#define bpf_core_field_exists(field...) __builtin_preserve_field_info(__bpf_field(field), BPF_FIELD_EXISTS)
/// The size of the field in the kernel, in bytes.
#define bpf_core_field_size(field...) __builtin_preserve_field_info(__bpf_field(field), BPF_FIELD_BYTE_SIZE)
/// The offset of the field in the kernel's structure, in bytes.
#define bpf_core_field_offset(field...) __builtin_preserve_field_info(__bpf_field(field), BPF_FIELD_BYTE_OFFSET)

/// The type's id in the program's own BTF.
#define bpf_core_type_id_local(type) __builtin_btf_type_id(*(typeof(type) *)0, BPF_TYPE_ID_LOCAL)
/// The id of the kernel's type with this name and kind; 0 if there is none.
#define bpf_core_type_id_kernel(type) __builtin_btf_type_id(*(typeof(type) *)0, BPF_TYPE_ID_TARGET)
/// Whether the kernel has a type with this name and kind.
#define bpf_core_type_exists(type) __builtin_preserve_type_info(*(typeof(type) *)0, BPF_TYPE_EXISTS)
/// Whether the kernel has a type with this name that has at least these fields, with compatible types.
#define bpf_core_type_matches(type) __builtin_preserve_type_info(*(typeof(type) *)0, BPF_TYPE_MATCHES)
/// The size of the type in the kernel, in bytes; 0 if there is none.
#define bpf_core_type_size(type) __builtin_preserve_type_info(*(typeof(type) *)0, BPF_TYPE_SIZE)

/// Whether the kernel's enumeration has an enumerator with this name.
#define bpf_core_enum_value_exists(enum_type, enum_value) \
  __builtin_preserve_enum_value(*(typeof(enum_type) *)enum_value, BPF_ENUMVAL_EXISTS)
/// The enumerator's value in the kernel; 0 if there is none.
#define bpf_core_enum_value(enum_type, enum_value) \
  __builtin_preserve_enum_value(*(typeof(enum_type) *)enum_value, BPF_ENUMVAL_VALUE)

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

/// Casts a pointer to the kernel's `type`. The verifier then permits direct reads of its fields (Linux 6.2).
#define bpf_core_cast(ptr, type) ((typeof(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))

// MARK: - Reading one field

/// Reads a field at the offset that it has in the running kernel, with bpf_probe_read_kernel:
/// `bpf_core_read(&pid, sizeof(pid), &task->pid)`.
#define bpf_core_read(dst, sz, src) \
  bpf_probe_read_kernel(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_str(dst, sz, src) \
  bpf_probe_read_kernel_str(dst, sz, (const void *)__builtin_preserve_access_index(src))

/// The same for kernel structures in the process's memory, such as arguments of system calls.
#define bpf_core_read_user(dst, sz, src) \
  bpf_probe_read_user(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_user_str(dst, sz, src) \
  bpf_probe_read_user_str(dst, sz, (const void *)__builtin_preserve_access_index(src))

// MARK: - Reading along pointers

// `BPF_CORE_READ(task, mm, exe_file, f_inode, i_ino)` is task->mm->exe_file->f_inode->i_ino: one read for each arrow,
// at most nine. Each argument may be a path within a structure, as in `BPF_CORE_READ(task, se.cfs_rq, load.weight)`.
//
// CORE_ macros use the field offsets of the running kernel, PROBE_ macros those of the program's headers. USER_ macros
// read the process's memory. INTO macros store into `*dst`, and return the last read's error. STR_INTO macros read a
// string.

/// An expression's type without const, so that a variable of this type can be written.
#if !defined(__clang__) || __clang_major__ >= 19
#define __bpf_typeof(x...) __typeof_unqual__(x)
#else
#define __bpf_typeof(x...) typeof(x)
#endif

/// Reads src->a->b->... : the pointers with `via`, and the last field with `read` into `dst`. The pointers share eight
/// bytes of the program's 512-byte stack.
#define __bpf_chase(read, via, dst, src, path...) \
  ({ \
    typeof(&*(src)) ___from = (src); \
    const void *___at __attribute__((unused)); \
    ___bpf_apply(__bpf_chase_, ___bpf_narg(path))(read, via, dst, typeof(___from), ___from, path); \
  })
#define __bpf_hop(via, type, from, a) via((void *)&___at, sizeof(___at), &((type)from)->a);
#define __bpf_field_type(type, a) __bpf_typeof(((type)0)->a)
#define __bpf_chase_1(read, via, dst, type, from, a) read((void *)(dst), sizeof(*(dst)), &((type)from)->a)
#define __bpf_chase_2(read, via, dst, type, from, a, path...) \
  __bpf_hop(via, type, from, a) __bpf_chase_1(read, via, dst, __bpf_field_type(type, a), ___at, path)
#define __bpf_chase_3(read, via, dst, type, from, a, path...) \
  __bpf_hop(via, type, from, a) __bpf_chase_2(read, via, dst, __bpf_field_type(type, a), ___at, path)
#define __bpf_chase_4(read, via, dst, type, from, a, path...) \
  __bpf_hop(via, type, from, a) __bpf_chase_3(read, via, dst, __bpf_field_type(type, a), ___at, path)
#define __bpf_chase_5(read, via, dst, type, from, a, path...) \
  __bpf_hop(via, type, from, a) __bpf_chase_4(read, via, dst, __bpf_field_type(type, a), ___at, path)
#define __bpf_chase_6(read, via, dst, type, from, a, path...) \
  __bpf_hop(via, type, from, a) __bpf_chase_5(read, via, dst, __bpf_field_type(type, a), ___at, path)
#define __bpf_chase_7(read, via, dst, type, from, a, path...) \
  __bpf_hop(via, type, from, a) __bpf_chase_6(read, via, dst, __bpf_field_type(type, a), ___at, path)
#define __bpf_chase_8(read, via, dst, type, from, a, path...) \
  __bpf_hop(via, type, from, a) __bpf_chase_7(read, via, dst, __bpf_field_type(type, a), ___at, path)
#define __bpf_chase_9(read, via, dst, type, from, a, path...) \
  __bpf_hop(via, type, from, a) __bpf_chase_8(read, via, dst, __bpf_field_type(type, a), ___at, path)

/// The value at the end of the path.
#define __bpf_chase_value(read, src, path...) \
  ({ \
    __bpf_typeof(__bpf_arrows(src, path)) ___value; \
    __bpf_chase(read, read, &___value, src, path); \
    ___value; \
  })
#define __bpf_arrows(src, path...) ___bpf_apply(__bpf_arrows_, ___bpf_narg(path))((src), path)
#define __bpf_arrows_1(src, a) src->a
#define __bpf_arrows_2(src, a, path...) __bpf_arrows_1(src->a, path)
#define __bpf_arrows_3(src, a, path...) __bpf_arrows_2(src->a, path)
#define __bpf_arrows_4(src, a, path...) __bpf_arrows_3(src->a, path)
#define __bpf_arrows_5(src, a, path...) __bpf_arrows_4(src->a, path)
#define __bpf_arrows_6(src, a, path...) __bpf_arrows_5(src->a, path)
#define __bpf_arrows_7(src, a, path...) __bpf_arrows_6(src->a, path)
#define __bpf_arrows_8(src, a, path...) __bpf_arrows_7(src->a, path)
#define __bpf_arrows_9(src, a, path...) __bpf_arrows_8(src->a, path)

#define BPF_CORE_READ(src, path...) __bpf_chase_value(bpf_core_read, src, path)
#define BPF_CORE_READ_USER(src, path...) __bpf_chase_value(bpf_core_read_user, src, path)
#define BPF_PROBE_READ(src, path...) __bpf_chase_value(bpf_probe_read_kernel, src, path)
#define BPF_PROBE_READ_USER(src, path...) __bpf_chase_value(bpf_probe_read_user, src, path)

#define BPF_CORE_READ_INTO(dst, src, path...) __bpf_chase(bpf_core_read, bpf_core_read, dst, src, path)
#define BPF_CORE_READ_USER_INTO(dst, src, path...) \
  __bpf_chase(bpf_core_read_user, bpf_core_read_user, dst, src, path)
#define BPF_PROBE_READ_INTO(dst, src, path...) \
  __bpf_chase(bpf_probe_read_kernel, bpf_probe_read_kernel, dst, src, path)
#define BPF_PROBE_READ_USER_INTO(dst, src, path...) \
  __bpf_chase(bpf_probe_read_user, bpf_probe_read_user, dst, src, path)

#define BPF_CORE_READ_STR_INTO(dst, src, path...) \
  __bpf_chase(bpf_core_read_str, bpf_core_read, dst, src, path)
#define BPF_CORE_READ_USER_STR_INTO(dst, src, path...) \
  __bpf_chase(bpf_core_read_user_str, bpf_core_read_user, dst, src, path)
#define BPF_PROBE_READ_STR_INTO(dst, src, path...) \
  __bpf_chase(bpf_probe_read_kernel_str, bpf_probe_read_kernel, dst, src, path)
#define BPF_PROBE_READ_USER_STR_INTO(dst, src, path...) \
  __bpf_chase(bpf_probe_read_user_str, bpf_probe_read_user, dst, src, path)

#include "bpf_core_bitfields.h"

#endif
