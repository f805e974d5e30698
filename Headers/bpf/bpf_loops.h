//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Loops over the kernel's iterators, which the verifier follows once and not for every round (Linux 6.4). They may be
// left by break, return and goto like any loop.
//
// Include <bpf/bpf_helpers.h>, which includes this.

#ifndef __BPF_LOOPS_H__
#define __BPF_LOOPS_H__

struct bpf_iter_num;

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/// A loop over an iterator that is made with `args`, while `step` is true; wherever it is left, the iterator is
/// destroyed. The second variable is there to have it made once. Clang describes a function that only a clean-up
/// calls not as one of the kernel: hence it is mentioned.
#define __bpf_iteration(type, step, args...) \
  for (struct bpf_iter_##type ___it __attribute__((aligned(8), cleanup(bpf_iter_##type##_destroy))), \
       *___made __attribute__((unused)) = \
           (bpf_iter_##type##_new(&___it, ##args), (void)bpf_iter_##type##_destroy, (void *)0); \
       step;)

/// `for` over what an iterator of the kernel yields: `bpf_for_each(task, task, NULL, BPF_TASK_ITER_ALL_PROCS)` sets
/// the pointer `task` to one after the other.
#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...) __bpf_iteration(type, (((cur) = bpf_iter_##type##_next(&___it))), ##args)
#endif

/// `for (i = start; i < end; i++)`. That `i` is within the bounds is checked for the verifier to know it.
#ifndef bpf_for
#define bpf_for(i, start, end) \
  __bpf_iteration(num, ({ \
                    int *___next = bpf_iter_num_next(&___it); \
                    ___next && ((i) = *___next, (i) >= (start) && (i) < (end)); \
                  }), (start), (end))
#endif

/// Does what follows `N` times.
#ifndef bpf_repeat
#define bpf_repeat(N) __bpf_iteration(num, bpf_iter_num_next(&___it), 0, (N))
#endif

#endif
