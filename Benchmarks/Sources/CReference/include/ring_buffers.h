//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Ring buffers: a program that fills one, and libbpf as its reader.

#ifndef RING_BUFFERS_H
#define RING_BUFFERS_H

#include <stddef.h>
#include <stdint.h>

/// Loads a program that sends one record of 64 bytes to a ring buffer per run, without a wake-up. The first eight bytes
/// are the record's number. Returns a descriptor, or ends the program.
int ring_program(int ring, int counter);

/// Runs the program `count` times.
void ring_fill(int program, uint32_t count);

/// Opens a ring buffer with libbpf. Must not be called unless ``libbpf_has_ring_buffers``.
void *libbpf_ring(int ring);

/// Reads all records, and returns the sum of their numbers.
uint64_t libbpf_consume(void *ring);

/// Loads libbpf.so.1. Returns 1, or 0 if it is not installed.
int libbpf_has_ring_buffers(void);

#endif
