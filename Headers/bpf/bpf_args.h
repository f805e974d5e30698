//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Counts macro arguments, and expands a macro for each of them. The other headers use these macros.

#ifndef __BPF_ARGS_H__
#define __BPF_ARGS_H__

/// Concatenates two tokens without expanding them. ___bpf_apply expands them first.
#ifndef ___bpf_concat
#define ___bpf_concat(a, b) a##b
#endif
#ifndef ___bpf_apply
#define ___bpf_apply(fn, n) ___bpf_concat(fn, n)
#endif

/// The fourteenth argument.
#ifndef ___bpf_nth
#define ___bpf_nth(_, _1, _2, _3, _4, _5, _6, _7, _8, _9, _a, _b, _c, N, ...) N
#endif

/// The number of arguments, up to twelve.
#ifndef ___bpf_narg
#define ___bpf_narg(...) ___bpf_nth(_, ##__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#endif

/// The number of pairs among the arguments, up to twelve.
#define __bpf_pair_count(...) \
  __bpf_25th(_, ##__VA_ARGS__, 12, , 11, , 10, , 9, , 8, , 7, , 6, , 5, , 4, , 3, , 2, , 1, , 0)
#define __bpf_25th(_, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, _19, \
                   _20, _21, _22, _23, _24, N, ...) \
  N

/// `use(1, data, first) use(2, data, second) ...`, for up to twelve arguments.
#define __bpf_each(use, data, ...) \
  ___bpf_apply(__bpf_each_, ___bpf_narg(__VA_ARGS__))(use, data __VA_OPT__(, ) __VA_ARGS__)
#define __bpf_each_0(use, data)
#define __bpf_each_1(use, data, a) use(1, data, a)
#define __bpf_each_2(use, data, a, b) __bpf_each_1(use, data, a) use(2, data, b)
#define __bpf_each_3(use, data, a, b, c) __bpf_each_2(use, data, a, b) use(3, data, c)
#define __bpf_each_4(use, data, a, b, c, d) __bpf_each_3(use, data, a, b, c) use(4, data, d)
#define __bpf_each_5(use, data, a, b, c, d, e) __bpf_each_4(use, data, a, b, c, d) use(5, data, e)
#define __bpf_each_6(use, data, a, b, c, d, e, f) __bpf_each_5(use, data, a, b, c, d, e) use(6, data, f)
#define __bpf_each_7(use, data, a, b, c, d, e, f, g) __bpf_each_6(use, data, a, b, c, d, e, f) use(7, data, g)
#define __bpf_each_8(use, data, a, b, c, d, e, f, g, h) \
  __bpf_each_7(use, data, a, b, c, d, e, f, g) use(8, data, h)
#define __bpf_each_9(use, data, a, b, c, d, e, f, g, h, i) \
  __bpf_each_8(use, data, a, b, c, d, e, f, g, h) use(9, data, i)
#define __bpf_each_10(use, data, a, b, c, d, e, f, g, h, i, j) \
  __bpf_each_9(use, data, a, b, c, d, e, f, g, h, i) use(10, data, j)
#define __bpf_each_11(use, data, a, b, c, d, e, f, g, h, i, j, k) \
  __bpf_each_10(use, data, a, b, c, d, e, f, g, h, i, j) use(11, data, k)
#define __bpf_each_12(use, data, a, b, c, d, e, f, g, h, i, j, k, l) \
  __bpf_each_11(use, data, a, b, c, d, e, f, g, h, i, j, k) use(12, data, l)

/// `use(from, type, name)` for each pair of a type and a name. `from` is the number of registers that the preceding
/// pairs take, `width(type)` each.
#define __bpf_each_pair(use, width, ...) \
  ___bpf_apply(__bpf_pairs_, __bpf_pair_count(__VA_ARGS__))(use, width, 0 __VA_OPT__(, ) __VA_ARGS__)
#define __bpf_pairs_0(use, width, from)
#define __bpf_pairs_1(use, width, from, t, x) use(from, t, x)
#define __bpf_pairs_2(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_1(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_3(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_2(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_4(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_3(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_5(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_4(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_6(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_5(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_7(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_6(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_8(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_7(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_9(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_8(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_10(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_9(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_11(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_10(use, width, from + width(t), __VA_ARGS__)
#define __bpf_pairs_12(use, width, from, t, x, ...) \
  use(from, t, x) __bpf_pairs_11(use, width, from + width(t), __VA_ARGS__)

#endif
