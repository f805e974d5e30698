// Loops and counters that work on Linux 5.10.

// The maximum number of repetitions in one run of a program, because the verifier follows each one. A multiple of three.
#define MOST_AT_ONCE 96

#define REPEAT(i, count) for (i = 0; i < MOST_AT_ONCE && i < (count); i++)

// All kernels have the instruction for an addition whose result is unused.
#define ADD_ONE(variable) __atomic_fetch_add(&(variable), 1, __ATOMIC_RELAXED)

// Returns the number before the addition. Before Linux 5.12, concurrent programs may get the same number.
#ifdef BEFORE_LINUX_5_15
#define NEXT(variable) (variable)++
#else
#define NEXT(variable) __sync_fetch_and_add(&(variable), 1)
#endif
