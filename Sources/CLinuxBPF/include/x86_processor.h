//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The processor's instruction set level, which determines the shared libraries that programs load.

#ifndef X86_PROCESSOR_H
#define X86_PROCESSOR_H

#include <stdbool.h>

#if defined(__x86_64__)

#include <cpuid.h>

/// Whether the kernel saves the given register sets on task switches. Otherwise programs cannot use them.
static inline bool x86_kernel_saves(unsigned int kinds) {
  unsigned int low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & kinds) == kinds;
}

/// Returns the x86-64 psABI level, 1 to 4, that the processor and the kernel support.
static inline int x86_64_level(void) {
  unsigned int eax, ebx, ecx, edx, features, extended, more;
  if (!__get_cpuid(1, &eax, &ebx, &features, &edx)) return 1;
  if (!__get_cpuid(0x80000001, &eax, &ebx, &extended, &edx)) return 1;

  const unsigned int level2 = bit_SSE3 | bit_SSSE3 | bit_CMPXCHG16B | bit_SSE4_1 | bit_SSE4_2 | bit_POPCNT;
  if ((features & level2) != level2 || !(extended & bit_LAHF_LM)) return 1;

  const unsigned int level3 = bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C;
  const unsigned int level3_more = bit_BMI | bit_AVX2 | bit_BMI2;
  if ((features & level3) != level3 || !(extended & bit_LZCNT)) return 2;
  if (!__get_cpuid_count(7, 0, &eax, &more, &ecx, &edx) || (more & level3_more) != level3_more) return 2;
  // SSE and AVX registers.
  if (!x86_kernel_saves(0x6)) return 2;

  const unsigned int level4 = bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL;
  // AVX-512 registers and masks.
  return (more & level4) == level4 && x86_kernel_saves(0xe6) ? 4 : 3;
}

#else

/// Returns 0: the processor is not x86-64.
static inline int x86_64_level(void) { return 0; }

#endif

#endif
