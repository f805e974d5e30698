// Loops and counters that Linux 5.10 knows.

// How often one run of a program repeats something, at most: the verifier follows each time. A multiple of three.
#define MOST_AT_ONCE 96

#define REPEAT(i, count) for (i = 0; i < MOST_AT_ONCE && i < (count); i++)

// An addition whose result no one uses is an instruction of all kernels.
#define ADD_ONE(variable) __atomic_fetch_add(&(variable), 1, __ATOMIC_RELAXED)

// The number before the addition. Before Linux 5.12 programs that run at the same time may get the same.
#ifdef BEFORE_LINUX_5_15
#define NEXT(variable) (variable)++
#else
#define NEXT(variable) __sync_fetch_and_add(&(variable), 1)
#endif
