//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Histograms by powers of two: how many values of an event lie in each slot, counted where they occur.
//
//     __u64 latencies[BPF_HISTOGRAM_SLOTS];
//     ...
//     __sync_fetch_and_add(&latencies[bpf_log2(nanoseconds / 1000)], 1);
//
// Events that are too many for that count in the CPU's own element of a BPF_MAP_TYPE_PERCPU_ARRAY, without an atomic
// instruction. User space has `Log2Histogram` for what was counted.

#ifndef __BPF_HISTOGRAM_H__
#define __BPF_HISTOGRAM_H__

#include "bpf_scalars.h"

/// As many slots as there are powers of two in 64 bits.
#define BPF_HISTOGRAM_SLOTS 64

/// The slot that counts a value, 0 to 63: the place of its highest bit. Slot i counts the values from 2^i to
/// 2^(i+1) - 1, slot 0 those of 0 and 1.
///
/// It has neither loops nor branches, for each of which the verifier would follow one path more.
static inline __attribute__((always_inline)) __u32 bpf_log2(__u64 value) {
  // All bits below the highest become ones, and are counted.
  value |= value >> 1;
  value |= value >> 2;
  value |= value >> 4;
  value |= value >> 8;
  value |= value >> 16;
  value |= value >> 32;
  __u64 slot = __builtin_popcountll(value >> 1);
  // Clang knows the bound and would drop a mask written in C; the verifier does not know how ones are counted.
  __asm__("%0 &= 63" : "+r"(slot));
  return slot;
}

#endif
