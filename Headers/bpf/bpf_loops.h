//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Loops over the kernel's open-coded iterators. The verifier does not follow each iteration (Linux 6.4). You can leave
// them with break, return and goto, like any loop.
//
// Include <bpf/bpf_helpers.h>, which includes this.

#ifndef __BPF_LOOPS_H__
#define __BPF_LOOPS_H__

struct bpf_iter_num;

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/// Creates an iterator with `args` and loops while `step` is true. Destroys the iterator on every way out of the loop.
/// The initializer of the second variable creates the iterator once. It also mentions the destructor, because clang's
/// BTF does not describe a function that only a cleanup calls as a kernel function.
#define __bpf_iteration(type, step, args...) \
  for (struct bpf_iter_##type ___it __attribute__((aligned(8), cleanup(bpf_iter_##type##_destroy))), \
       *___made __attribute__((unused)) = \
           (bpf_iter_##type##_new(&___it, ##args), (void)bpf_iter_##type##_destroy, (void *)0); \
       step;)

/// Loops over the items of a kernel iterator: `bpf_for_each(task, task, NULL, BPF_TASK_ITER_ALL_PROCS)` sets the
/// pointer `task` to each task in turn.
#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...) __bpf_iteration(type, (((cur) = bpf_iter_##type##_next(&___it))), ##args)
#endif

/// Loops as `for (i = start; i < end; i++)` does. The bounds checks of `i` are for the verifier.
#ifndef bpf_for
#define bpf_for(i, start, end) \
  __bpf_iteration(num, ({ \
                    int *___next = bpf_iter_num_next(&___it); \
                    ___next && ((i) = *___next, (i) >= (start) && (i) < (end)); \
                  }), (start), (end))
#endif

/// Repeats the following statement `N` times.
#ifndef bpf_repeat
#define bpf_repeat(N) __bpf_iteration(num, bpf_iter_num_next(&___it), 0, (N))
#endif

#endif
