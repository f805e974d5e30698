//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The reference for comparisons: the same system calls on the same maps, made by C as directly as possible.
///
/// Shares nothing with the library, not even the layouts of arguments. Keys are `uint32_t`, values `uint64_t`. Each
/// loop adds up the values it reads, so that the compiler cannot remove it and the sums can be compared. An unexpected
/// failure ends the program, since a loop of failing calls would seem fast.

#ifndef REFERENCE_H
#define REFERENCE_H

#include <stddef.h>
#include <stdint.h>

// MARK: - One element, one system call

/// Calls BPF_MAP_LOOKUP_ELEM for each key. Returns the sum of the values found.
uint64_t reference_lookup(int map, const uint32_t *keys, size_t count);

/// Calls BPF_MAP_UPDATE_ELEM for each key, with twice the key as value.
uint64_t reference_update(int map, const uint32_t *keys, size_t count);

/// Calls BPF_MAP_UPDATE_ELEM and BPF_MAP_DELETE_ELEM for each key.
uint64_t reference_insert_delete(int map, const uint32_t *keys, size_t count);

/// Deletes keys that are not in the map.
uint64_t reference_delete_absent(int map, const uint32_t *keys, size_t count);

/// Looks up keys, and counts those that are present.
uint64_t reference_count_present(int map, const uint32_t *keys, size_t count);

/// Inserts keys, and looks up and deletes each in one call.
uint64_t reference_insert_take(int map, const uint32_t *keys, size_t count);

/// Pushes twice each key onto a queue, and pops it.
uint64_t reference_push_pop(int map, const uint32_t *keys, size_t count);

/// Calls BPF_MAP_LOOKUP_ELEM for each key of a per-CPU map. Returns the sum of the values of all CPUs.
uint64_t reference_lookup_per_cpu(int map, const uint32_t *keys, size_t count, size_t cpus);

/// Calls BPF_MAP_UPDATE_ELEM for each key of a per-CPU map, with the same value for all CPUs.
uint64_t reference_update_per_cpu(int map, const uint32_t *keys, size_t count, size_t cpus);

// MARK: - Whole maps

/// Calls BPF_MAP_GET_NEXT_KEY and BPF_MAP_LOOKUP_ELEM for each element. Returns the sum of keys and values.
uint64_t reference_walk(int map);

/// Calls BPF_MAP_LOOKUP_BATCH into memory for all `capacity` elements, and then adds them up. Each element has `words`
/// values. Returns the sum of keys and values.
uint64_t reference_entries(int map, size_t capacity, size_t words, size_t batch);

/// Calls BPF_MAP_LOOKUP_BATCH into memory for one batch, and adds up each. Returns the sum of keys and values.
uint64_t reference_batches(int map, size_t capacity, size_t words, size_t batch);

/// Calls BPF_MAP_LOOKUP_AND_DELETE_BATCH until the map is empty. Returns the number of elements.
uint64_t reference_delete_all(int map, size_t capacity, size_t words, size_t batch);

/// Calls BPF_MAP_UPDATE_BATCH with keys and values gathered in memory for one batch. Values are twice the keys.
uint64_t reference_fill(int map, const uint32_t *keys, size_t count, size_t batch);

/// Calls BPF_MAP_UPDATE_BATCH with keys and values from contiguous arrays.
uint64_t reference_fill_ready(
    int map, const uint32_t *keys, const uint64_t *values, size_t count, size_t batch);

/// Calls BPF_MAP_DELETE_BATCH with keys from a contiguous array.
uint64_t reference_delete(int map, const uint32_t *keys, size_t count, size_t batch);

// MARK: - Memory

/// Reads each element of a mapped array once.
uint64_t reference_read_mapped(const volatile uint64_t *elements, size_t count);

/// Reads elements of a mapped array by index.
uint64_t reference_gather_mapped(const volatile uint64_t *elements, const uint32_t *indices, size_t count);

/// Maps the `count` elements of an array into memory, until the process ends.
const volatile uint64_t *reference_map(int map, size_t count);

#endif
