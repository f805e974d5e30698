//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Power-of-two histograms, counted in the kernel: the number of values in each slot.
//
//     __u64 latencies[BPF_HISTOGRAM_SLOTS];
//     ...
//     __sync_fetch_and_add(&latencies[bpf_log2(nanoseconds / 1000)], 1);
//
// For very frequent events, count in the CPU's own element of a BPF_MAP_TYPE_PERCPU_ARRAY, without an atomic
// instruction. In user space, `Log2Histogram` holds the counts.

#ifndef __BPF_HISTOGRAM_H__
#define __BPF_HISTOGRAM_H__

#include "bpf_scalars.h"

/// The number of slots: one for each power of two in 64 bits.
#define BPF_HISTOGRAM_SLOTS 64

/// Returns the slot of a value, 0 to 63: the index of its highest bit. Slot i counts the values from 2^i to
/// 2^(i+1) - 1, and slot 0 the values 0 and 1.
///
/// Has no loops or branches, because each one would add a path for the verifier to follow.
static inline __attribute__((always_inline)) __u32 bpf_log2(__u64 value) {
  // Sets all bits below the highest one, and counts them.
  value |= value >> 1;
  value |= value >> 2;
  value |= value >> 4;
  value |= value >> 8;
  value |= value >> 16;
  value |= value >> 32;
  __u64 slot = __builtin_popcountll(value >> 1);
  // Clang knows the bound and would drop a mask written in C. The verifier cannot derive the bound from the population
  // count.
  __asm__("%0 &= 63" : "+r"(slot));
  return slot;
}

#endif
