// A shared library with USDT probes whose semaphores are in different parts of memory.

__attribute__((section(".probes"), used)) volatile unsigned short in_data_semaphore = 0;
__attribute__((used)) volatile unsigned short in_zeros_semaphore;
__attribute__((section(".rodata.probes"), used)) const volatile unsigned short read_only_semaphore = 0;

// Data that is read-only after relocation, and writable data.
__attribute__((used)) volatile int data = 5;
volatile int *const volatile relocated __attribute__((used)) = &data;

// A note on the next instruction, with the base of its addresses.
#define NOTE(base, semaphore, name)                                                                   \
  "990: nop\n"                                                                                        \
  ".pushsection .note.stapsdt, \"\", %%note\n.balign 4\n"                                             \
  ".4byte 992f - 991f, 994f - 993f, 3\n"                                                              \
  "991: .asciz \"stapsdt\"\n992: .balign 4\n"                                                         \
  "993: .8byte 990b, " base ", " semaphore "\n"                                                       \
  ".asciz \"semaphores\"\n.asciz \"" name "\"\n.asciz \"\"\n994: .balign 4\n"                         \
  ".popsection\n"
#define PROBE(name)                                                                                   \
  __attribute__((noinline)) int name(int ignored) {                                                   \
    __asm__ volatile(NOTE("_.stapsdt.base", #name "_semaphore", #name) : :);                          \
    return name##_semaphore;                                                                          \
  }

__asm__(
    ".pushsection .stapsdt.base, \"aG\", %progbits, .stapsdt.base, comdat\n"
    ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n"
    "_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n.popsection\n");

PROBE(in_data)
PROBE(in_zeros)
PROBE(read_only)

__attribute__((noinline)) int without_base(int ignored) {
  __asm__ volatile(NOTE("0", "0", "without_base") : :);
  return 0;
}

__attribute__((noinline)) int astray(int ignored) {
  __asm__ volatile(NOTE("_.stapsdt.base", "0x7000000000", "astray") : :);
  return 0;
}
