//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The kernel interface of perf_event_open(2) for BPF programs: attaching them to perf events (tracepoints, probes,
/// counters and clocks), and reading their output. It includes no kernel header, like linux_bpf.h.

#ifndef LINUX_PERF_EVENT_H
#define LINUX_PERF_EVENT_H

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Event types. `enum perf_type_id`.
enum linux_perf_type {
  LINUX_PERF_TYPE_HARDWARE = 0,
  LINUX_PERF_TYPE_SOFTWARE = 1,
  LINUX_PERF_TYPE_TRACEPOINT = 2,
  LINUX_PERF_TYPE_HW_CACHE = 3,
  LINUX_PERF_TYPE_RAW = 4,
  LINUX_PERF_TYPE_BREAKPOINT = 5,
};

/// Bits of `flags` in `struct perf_event_attr`.
enum linux_perf_attribute_flag {
  LINUX_PERF_ATTR_FREQ = 1 << 10,
  LINUX_PERF_ATTR_WATERMARK = 1 << 14,
  LINUX_PERF_ATTR_WRITE_BACKWARD = 1 << 27,
};

/// The output of programs: `PERF_COUNT_SW_BPF_OUTPUT`, a software event; Linux 4.4.
#define LINUX_PERF_COUNT_SW_BPF_OUTPUT 10

/// `PERF_SAMPLE_RAW`: records contain the bytes that programs send.
#define LINUX_PERF_SAMPLE_RAW (1 << 10)

/// `PERF_FORMAT_TOTAL_TIME_ENABLED`: reading an event returns the time for which it was enabled.
#define LINUX_PERF_FORMAT_TOTAL_TIME_ENABLED (1 << 0)

/// Record types. `enum perf_event_type`.
enum linux_perf_record {
  LINUX_PERF_RECORD_LOST = 2,
  LINUX_PERF_RECORD_SAMPLE = 9,
};

/// The offsets of the positions in the first page of a buffer. `struct perf_event_mmap_page`.
enum {
  LINUX_PERF_DATA_HEAD = 1024,
  LINUX_PERF_DATA_TAIL = 1032,
};

/// `PERF_FLAG_FD_CLOEXEC` of perf_event_open(2).
#define LINUX_PERF_FLAG_FD_CLOEXEC 8

/// `struct perf_event_attr`, up to the fields that probes need.
struct linux_perf_event_attr {
  uint32_t type;
  uint32_t size;
  uint64_t config;
  uint64_t sample_period;                          // or a frequency, with LINUX_PERF_ATTR_FREQ
  uint64_t sample_type;
  uint64_t read_format;
  uint64_t flags;
  uint32_t wakeup_events;                          // or bytes, with LINUX_PERF_ATTR_WATERMARK
  uint32_t bp_type;
  uint64_t config1;                                // for probes, the address of a path or function name
  uint64_t config2;                                // for probes, the offset in it
};

/// Calls perf_event_open(2). Returns a descriptor, or a negated errno.
static inline long linux_perf_event_open(
    const struct linux_perf_event_attr *attributes, int process, int cpu, int group, unsigned long flags) {
  long descriptor = syscall(SYS_perf_event_open, attributes, process, cpu, group, flags);
  return descriptor < 0 ? -(long)errno : descriptor;
}

/// Attaches a program to an event: PERF_EVENT_IOC_SET_BPF. Returns 0 or a negated errno.
static inline long linux_perf_event_set_bpf(int event, uint32_t program) {
  return ioctl(event, 0x40042408, program) < 0 ? -(long)errno : 0;
}

/// Enables an event: PERF_EVENT_IOC_ENABLE. Returns 0 or a negated errno.
static inline long linux_perf_event_enable(int event) {
  return ioctl(event, 0x2400, 0) < 0 ? -(long)errno : 0;
}

/// Stops the output to an event's buffer, or lets it continue: PERF_EVENT_IOC_PAUSE_OUTPUT, Linux 4.7. Returns 0 or a
/// negated errno.
static inline long linux_perf_event_pause_output(int event, uint32_t is_paused) {
  return ioctl(event, 0x40042409, (unsigned long)is_paused) < 0 ? -(long)errno : 0;
}

#endif
