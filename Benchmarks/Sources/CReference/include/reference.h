//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What the library is compared with: the same system calls on the same maps, made by C as directly as C can.
///
/// Nothing is shared with the library, not even the layouts of arguments. Keys are `uint32_t`, values `uint64_t`.
/// Each loop adds up what it reads, so that nothing can be left out, and so that the sum can be compared. A call that
/// fails where it must not ends the program: a loop that does nothing is fast.

#ifndef REFERENCE_H
#define REFERENCE_H

#include <stddef.h>
#include <stdint.h>

// MARK: - One element, one system call

/// BPF_MAP_LOOKUP_ELEM for each key. Returns the sum of the values found.
uint64_t reference_lookup(int map, const uint32_t *keys, size_t count);

/// BPF_MAP_UPDATE_ELEM for each key; the value is twice the key.
uint64_t reference_update(int map, const uint32_t *keys, size_t count);

/// BPF_MAP_UPDATE_ELEM and BPF_MAP_DELETE_ELEM for each key.
uint64_t reference_insert_delete(int map, const uint32_t *keys, size_t count);

/// Looks keys up, and counts those that are there.
uint64_t reference_count_present(int map, const uint32_t *keys, size_t count);

/// Inserts keys, and looks up and deletes each in one call.
uint64_t reference_insert_take(int map, const uint32_t *keys, size_t count);

/// Pushes twice each key onto a queue, and pops it.
uint64_t reference_push_pop(int map, const uint32_t *keys, size_t count);

/// BPF_MAP_LOOKUP_ELEM for each key of a per-CPU map. Returns the sum of the values of all CPUs.
uint64_t reference_lookup_per_cpu(int map, const uint32_t *keys, size_t count, size_t cpus);

/// BPF_MAP_UPDATE_ELEM for each key of a per-CPU map, on all CPUs the same.
uint64_t reference_update_per_cpu(int map, const uint32_t *keys, size_t count, size_t cpus);

// MARK: - Whole maps

/// BPF_MAP_GET_NEXT_KEY and BPF_MAP_LOOKUP_ELEM for each element. Returns the sum of keys and values.
uint64_t reference_walk(int map);

/// BPF_MAP_LOOKUP_BATCH into memory for all `capacity` elements, then a pass over them. `words` values an element.
/// Returns the sum of keys and values.
uint64_t reference_entries(int map, size_t capacity, size_t words, size_t batch);

/// BPF_MAP_LOOKUP_BATCH into memory for one batch, with a pass over each. Returns the sum of keys and values.
uint64_t reference_batches(int map, size_t capacity, size_t words, size_t batch);

/// BPF_MAP_LOOKUP_AND_DELETE_BATCH until the map is empty. Returns how many there were.
uint64_t reference_delete_all(int map, size_t capacity, size_t words, size_t batch);

/// BPF_MAP_UPDATE_BATCH of keys and values gathered in memory for one batch; values are twice the keys.
uint64_t reference_fill(int map, const uint32_t *keys, size_t count, size_t batch);

/// BPF_MAP_UPDATE_BATCH of keys and values that lie ready.
uint64_t reference_fill_ready(
    int map, const uint32_t *keys, const uint64_t *values, size_t count, size_t batch);

/// BPF_MAP_DELETE_BATCH of keys that lie ready.
uint64_t reference_delete(int map, const uint32_t *keys, size_t count, size_t batch);

// MARK: - Memory

/// Reads each element of a mapped array once.
uint64_t reference_read_mapped(const volatile uint64_t *elements, size_t count);

/// Reads elements of a mapped array by index.
uint64_t reference_gather_mapped(const volatile uint64_t *elements, const uint32_t *indices, size_t count);

/// Maps the `count` elements of an array. They stay mapped.
const volatile uint64_t *reference_map(int map, size_t count);

#endif
