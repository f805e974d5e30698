//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "reference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// MARK: - bpf(2)

enum command {
  lookup_elem = 1,
  update_elem = 2,
  delete_elem = 3,
  get_next_key = 4,
  lookup_and_delete_elem = 21,
  lookup_batch = 24,
  lookup_and_delete_batch = 25,
  update_batch = 26,
  delete_batch = 27,
};

/// The arguments of commands on one element, without trailing fields: the kernel copies as many bytes as it is told.
struct element {
  uint32_t map;
  uint32_t zero;
  uint64_t key;
  uint64_t value;
  uint64_t flags;
};

struct batch {
  uint64_t in;
  uint64_t out;
  uint64_t keys;
  uint64_t values;
  uint32_t count;
  uint32_t map;
  uint64_t element_flags;
  uint64_t flags;
};

static inline uint64_t address(const volatile void *pointer) { return (uint64_t)(uintptr_t)pointer; }

static inline long call_element(enum command command, int map, const void *key, void *value) {
  struct element element = {.map = (uint32_t)map, .key = address(key), .value = address(value)};
  return syscall(SYS_bpf, command, &element, sizeof element);
}

__attribute__((noinline, cold, noreturn)) static void fail(const char *what) {
  perror(what);
  exit(70);
}

static void *allocate(size_t size) {
  void *memory = malloc(size);
  if (!memory) fail("malloc");
  return memory;
}

// MARK: - One element, one system call

uint64_t reference_lookup(int map, const uint32_t *keys, size_t count) {
  uint64_t sum = 0, value;
  for (size_t i = 0; i < count; i++) {
    if (call_element(lookup_elem, map, &keys[i], &value) == 0) {
      sum += value;
    } else if (errno != ENOENT) {
      fail("look-up");
    }
  }
  return sum;
}

uint64_t reference_update(int map, const uint32_t *keys, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint64_t value = (uint64_t)keys[i] * 2;
    if (call_element(update_elem, map, &keys[i], &value) != 0) fail("update");
  }
  return count;
}

uint64_t reference_insert_delete(int map, const uint32_t *keys, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint64_t value = (uint64_t)keys[i] * 2;
    if (call_element(update_elem, map, &keys[i], &value) != 0) fail("update");
    if (call_element(delete_elem, map, &keys[i], NULL) != 0) fail("delete");
  }
  return count;
}

uint64_t reference_delete_absent(int map, const uint32_t *keys, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (call_element(delete_elem, map, &keys[i], NULL) == 0 || errno != ENOENT) fail("delete");
  }
  return count;
}

uint64_t reference_count_present(int map, const uint32_t *keys, size_t count) {
  uint64_t present = 0, value;
  for (size_t i = 0; i < count; i++) {
    if (call_element(lookup_elem, map, &keys[i], &value) == 0) {
      present++;
    } else if (errno != ENOENT) {
      fail("look-up");
    }
  }
  return present;
}

uint64_t reference_insert_take(int map, const uint32_t *keys, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t value = (uint64_t)keys[i] * 2;
    if (call_element(update_elem, map, &keys[i], &value) != 0) fail("update");
    if (call_element(lookup_and_delete_elem, map, &keys[i], &value) != 0) fail("look-up and delete");
    sum += value;
  }
  return sum;
}

uint64_t reference_push_pop(int map, const uint32_t *keys, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t value = (uint64_t)keys[i] * 2;
    if (call_element(update_elem, map, NULL, &value) != 0) fail("push");
    if (call_element(lookup_and_delete_elem, map, NULL, &value) != 0) fail("pop");
    sum += value;
  }
  return sum;
}

uint64_t reference_lookup_per_cpu(int map, const uint32_t *keys, size_t count, size_t cpus) {
  uint64_t sum = 0, values[cpus];
  for (size_t i = 0; i < count; i++) {
    if (call_element(lookup_elem, map, &keys[i], values) != 0) fail("look-up");
    for (size_t cpu = 0; cpu < cpus; cpu++) sum += values[cpu];
  }
  return sum;
}

uint64_t reference_update_per_cpu(int map, const uint32_t *keys, size_t count, size_t cpus) {
  uint64_t values[cpus];
  for (size_t i = 0; i < count; i++) {
    for (size_t cpu = 0; cpu < cpus; cpu++) values[cpu] = (uint64_t)keys[i] * 2;
    if (call_element(update_elem, map, &keys[i], values) != 0) fail("update");
  }
  return count;
}

// MARK: - Whole maps

uint64_t reference_walk(int map) {
  uint64_t sum = 0, value;
  uint32_t key, next;
  for (const uint32_t *last = NULL;; last = &key) {
    if (call_element(get_next_key, map, last, &next) != 0) {
      if (errno == ENOENT) return sum;
      fail("next key");
    }
    if (call_element(lookup_elem, map, &next, &value) != 0) fail("look-up");
    sum += next + value;
    key = next;
  }
}

/// A batch of elements, and the state of the sweep.
struct sweep {
  enum command command;
  int map;
  uint32_t cursor;
  int has_cursor;
  int at_end;
};

/// Reads up to `capacity` elements. Returns their number, or 0 if `capacity` is too small for one bucket.
static size_t read_batch(struct sweep *sweep, uint32_t *keys, uint64_t *values, size_t capacity) {
  uint32_t next = 0;
  struct batch batch = {
      .in = sweep->has_cursor ? address(&sweep->cursor) : 0,
      .out = address(&next),
      .keys = address(keys),
      .values = address(values),
      .count = (uint32_t)capacity,
      .map = (uint32_t)sweep->map,
  };
  if (syscall(SYS_bpf, sweep->command, &batch, sizeof batch) != 0) {
    if (errno == ENOSPC) return 0;
    if (errno != ENOENT) fail("batch look-up");
    sweep->at_end = 1;
  }
  sweep->cursor = next;
  sweep->has_cursor = 1;
  return batch.count;
}

static uint64_t sum_of(const uint32_t *keys, const uint64_t *values, size_t count, size_t words) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    sum += keys[i];
    for (size_t word = 0; word < words; word++) sum += values[i * words + word];
  }
  return sum;
}

static size_t min(size_t a, size_t b) { return a < b ? a : b; }

uint64_t reference_entries(int map, size_t capacity, size_t words, size_t batch) {
  uint32_t *keys = allocate(capacity * sizeof *keys);
  uint64_t *values = allocate(capacity * words * sizeof *values);
  struct sweep sweep = {.command = lookup_batch, .map = map};
  size_t count = 0;
  while (!sweep.at_end && count < capacity) {
    size_t added = read_batch(&sweep, keys + count, values + count * words, min(batch, capacity - count));
    if (added == 0) batch *= 2;
    count += added;
  }
  uint64_t sum = sum_of(keys, values, count, words);
  free(keys);
  free(values);
  return sum;
}

uint64_t reference_batches(int map, size_t capacity, size_t words, size_t batch) {
  uint32_t *keys = allocate(batch * sizeof *keys);
  uint64_t *values = allocate(batch * words * sizeof *values);
  struct sweep sweep = {.command = lookup_batch, .map = map};
  uint64_t sum = 0;
  size_t total = 0;
  while (!sweep.at_end && total < capacity) {
    size_t count = read_batch(&sweep, keys, values, batch);
    if (count == 0 && !sweep.at_end) {
      batch *= 2;
      free(keys);
      free(values);
      keys = allocate(batch * sizeof *keys);
      values = allocate(batch * words * sizeof *values);
    }
    sum += sum_of(keys, values, count, words);
    total += count;
  }
  free(keys);
  free(values);
  return sum;
}

uint64_t reference_delete_all(int map, size_t capacity, size_t words, size_t batch) {
  batch = min(batch, capacity);
  uint32_t *keys = allocate(batch * sizeof *keys);
  uint64_t *values = allocate(batch * words * sizeof *values);
  struct sweep sweep = {.command = lookup_and_delete_batch, .map = map};
  uint64_t total = 0;
  while (!sweep.at_end) {
    size_t count = read_batch(&sweep, keys, values, batch);
    if (count == 0 && !sweep.at_end) fail("a bucket larger than a batch");
    total += count;
  }
  free(keys);
  free(values);
  return total;
}

static void write_batch(
    enum command command, int map, const uint32_t *keys, const uint64_t *values, size_t count) {
  struct batch batch = {
      .keys = address(keys), .values = address(values), .count = (uint32_t)count, .map = (uint32_t)map};
  if (syscall(SYS_bpf, command, &batch, sizeof batch) != 0) fail("batch");
}

uint64_t reference_fill(int map, const uint32_t *keys, size_t count, size_t batch) {
  uint32_t *batch_keys = allocate(batch * sizeof *batch_keys);
  uint64_t *batch_values = allocate(batch * sizeof *batch_values);
  for (size_t start = 0; start < count; start += batch) {
    size_t size = min(batch, count - start);
    for (size_t i = 0; i < size; i++) {
      batch_keys[i] = keys[start + i];
      batch_values[i] = (uint64_t)keys[start + i] * 2;
    }
    write_batch(update_batch, map, batch_keys, batch_values, size);
  }
  free(batch_keys);
  free(batch_values);
  return count;
}

uint64_t reference_fill_ready(
    int map, const uint32_t *keys, const uint64_t *values, size_t count, size_t batch) {
  for (size_t start = 0; start < count; start += batch) {
    write_batch(update_batch, map, keys + start, values + start, min(batch, count - start));
  }
  return count;
}

uint64_t reference_delete(int map, const uint32_t *keys, size_t count, size_t batch) {
  for (size_t start = 0; start < count; start += batch) {
    write_batch(delete_batch, map, keys + start, NULL, min(batch, count - start));
  }
  return count;
}

// MARK: - Memory

// Programs write the memory while it is read: the loop must load each element exactly once.

uint64_t reference_read_mapped(const volatile uint64_t *elements, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += elements[i];
  return sum;
}

uint64_t reference_gather_mapped(const volatile uint64_t *elements, const uint32_t *indices, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += elements[indices[i]];
  return sum;
}

const volatile uint64_t *reference_map(int map, size_t count) {
  void *memory = mmap(NULL, count * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return memory;
}
