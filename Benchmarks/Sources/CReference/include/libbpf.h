//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Reads kernel types and compiled objects with libbpf, if it is installed. The library is loaded at run time, so that
/// building requires neither its headers nor the library.

#ifndef LIBBPF_H
#define LIBBPF_H

#include <stddef.h>
#include <stdint.h>

/// Loads libbpf.so.1. Returns 1, or 0 if it is not installed.
int libbpf_is_available(void);

/// Reads the running kernel's types, finds each name of its kind, and frees them. Returns the sum of the IDs found.
///
/// Must not be called unless libbpf is available.
uint64_t libbpf_find_types(const char *const *names, const uint32_t *kinds, size_t count);

/// Reads an object file, and frees it. Returns the number of its programs and maps.
///
/// Must not be called unless libbpf is available.
uint64_t libbpf_open_object(const char *path);

/// Reads an object file, loads it into the kernel, and closes everything. Returns the number of programs and maps that
/// were loaded.
///
/// Must not be called unless libbpf is available.
uint64_t libbpf_load_object(const char *path);

#endif
