//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Types of the kernel and compiled objects by libbpf, if this machine has it: it is looked for when the program runs,
/// so that building takes neither its headers nor the library.

#ifndef LIBBPF_H
#define LIBBPF_H

#include <stddef.h>
#include <stdint.h>

/// Loads libbpf.so.1. Returns 1, or 0 if it is not there.
int libbpf_is_available(void);

/// Reads the running kernel's types, finds each name of its kind, and frees them. Returns the sum of the ids found.
///
/// Must not be called unless libbpf is available.
uint64_t libbpf_find_types(const char *const *names, const uint32_t *kinds, size_t count);

/// Reads an object file, and frees what was read. Returns how many programs and maps there are in it.
///
/// Must not be called unless libbpf is available.
uint64_t libbpf_open_object(const char *path);

/// Reads an object file, loads what is in it into the kernel, and closes all of it. Returns how many programs and maps
/// were loaded.
///
/// Must not be called unless libbpf is available.
uint64_t libbpf_load_object(const char *path);

#endif
