// A shared library with functions and USDT probes for tests. This file is compiled twice, the second time with SECOND
// defined, so that the library contains two functions of one name.

#define PROBED __attribute__((noinline))

static PROBED int twin(int value) {
  __asm__ volatile("");
  return value + 1;
}

#ifdef SECOND

int probed_second_twin(int value) { return twin(value) * 2; }

#else

int probed_first_twin(int value) { return twin(value) * 3; }

PROBED int probed_sum(int first, int second) { return first + second; }

PROBED int probed_product(int first, int second) { return first * second; }

PROBED long probed_text(int ignored, const long *text) { return *text + ignored; }

// A weak symbol, and another symbol for the same function.
PROBED __attribute__((weak)) int probed_weak(int value) { return value - 1; }
extern __typeof(probed_weak) probed_alias __attribute__((alias("probed_weak")));

// Two versions of a function; the second is the default.
PROBED int probed_former(int value) { return value + 10; }
PROBED int probed_current(int value) { return value + 20; }
__asm__(".symver probed_former, probed_versioned@PROBED_1");
__asm__(".symver probed_current, probed_versioned@@PROBED_2");

// A function that is selected when the library is loaded (IFUNC).
static int chosen(int value) { return value; }
static int (*choose(void))(int) { return chosen; }
int probed_indirect(int value) __attribute__((ifunc("choose")));

const int probed_data = 1;

// Four functions; the kernel cannot probe the first instruction of two of them.
#if defined(__x86_64__)
#define REFUSED "lock decl (%rdi)\n"
#elif defined(__aarch64__)
#define REFUSED "ldxr w1, [x0]\n"
#endif
#define REFUSED_FUNCTION(name)                                                                        \
  __asm__(".pushsection .text\n.globl " name "\n.type " name ", %function\n.balign 4\n" name ": "     \
          REFUSED "ret\n.size " name ", . - " name "\n.popsection\n")
REFUSED_FUNCTION("mixed_first_refused");
PROBED int mixed_taken(int first, int second) { return first - second; }
PROBED int mixed_taken_too(int first, int second) { return first ^ second; }
REFUSED_FUNCTION("mixed_second_refused");

// MARK: - USDT probes

// The second probe's semaphore.
__attribute__((section(".probes"), used)) volatile unsigned short probed_semaphore;

// A SystemTap note on the next instruction: its address and its argument locations.
#define NOTE(semaphore, name, arguments)                                                              \
  "990: nop\n"                                                                                        \
  ".pushsection .note.stapsdt, \"\", %%note\n.balign 4\n"                                             \
  ".4byte 992f - 991f, 994f - 993f, 3\n"                                                              \
  "991: .asciz \"stapsdt\"\n992: .balign 4\n"                                                         \
  "993: .8byte 990b, _.stapsdt.base, " semaphore "\n"                                                 \
  ".asciz \"probed\"\n.asciz \"" name "\"\n.asciz \"" arguments "\"\n994: .balign 4\n"                \
  ".popsection\n"
__asm__(
    ".pushsection .stapsdt.base, \"aG\", %progbits, .stapsdt.base, comdat\n"
    ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n"
    "_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n.popsection\n");

PROBED void probed_static(int first, const long *table, long index) {
#if defined(__x86_64__)
  long values[2] = {first - 1, 7};
  register long *base __asm__("rbx") = values;
  __asm__ volatile(
      NOTE("0", "static", "-4@%%edi 8@%%rsi -8@8(%%rbx) 8@(%%rsi,%%rdx,8) -4@$-42 1@%%dil")
      : : "D"(first), "S"(table), "d"(index), "r"(base), "m"(values));
#elif defined(__aarch64__)
  long values[2] = {first - 1, 7};
  register int x0 __asm__("x0") = first;
  register const long *x1 __asm__("x1") = table;
  register const long *x2 __asm__("x2") = table + index;
  register long *x3 __asm__("x3") = values;
  __asm__ volatile(
      NOTE("0", "static", "-4@x0 8@x1 -8@[x3, 8] 8@[x2] -4@-42 1@x0")
      : : "r"(x0), "r"(x1), "r"(x2), "r"(x3), "m"(values));
#endif
}

PROBED int probed_counted(void) {
  __asm__ volatile(NOTE("probed_semaphore", "counted", "") : :);
  return probed_semaphore;
}

// One probe at two locations.
PROBED void probed_twice(int value) {
#if defined(__x86_64__)
  __asm__ volatile(NOTE("0", "twice", "-4@%%edi") : : "D"(value));
  __asm__ volatile(NOTE("0", "twice", "-4@$5") : :);
#elif defined(__aarch64__)
  register int x0 __asm__("x0") = value;
  __asm__ volatile(NOTE("0", "twice", "-4@x0") : : "r"(x0));
  __asm__ volatile(NOTE("0", "twice", "-4@5") : :);
#endif
}

#endif
