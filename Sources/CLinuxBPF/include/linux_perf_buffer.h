//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The kernel's side of perf buffers: perf_event_open(2) for what BPF programs put out, and the memory that their records
/// are in. Standing alone, as linux_bpf.h does.

#ifndef LINUX_PERF_BUFFER_H
#define LINUX_PERF_BUFFER_H

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/// `struct perf_event_attr`, as long as it was at first (PERF_ATTR_SIZE_VER0), which all kernels take.
struct linux_perf_output {
  uint32_t type;
  uint32_t size;
  uint64_t config;
  uint64_t sample_period;
  uint64_t sample_type;
  uint64_t read_format;
  uint64_t flags;
  uint32_t wakeup;                                 // events, or bytes with LINUX_PERF_WATERMARK
  uint32_t bp_type;
  uint64_t config1;
};

enum {
  LINUX_PERF_SOFTWARE = 1,                         // PERF_TYPE_SOFTWARE
  LINUX_PERF_BPF_OUTPUT = 10,                      // PERF_COUNT_SW_BPF_OUTPUT, Linux 4.4
  LINUX_PERF_RAW_SAMPLES = 1 << 10,                // PERF_SAMPLE_RAW
  LINUX_PERF_WATERMARK = 1 << 14,                  // the bit `watermark` of the flags
  LINUX_PERF_CLOSE_ON_EXEC = 8,                    // PERF_FLAG_FD_CLOEXEC
  LINUX_PERF_ENABLE = 0x2400,                      // PERF_EVENT_IOC_ENABLE
};

/// Types of records. `enum perf_event_type`.
enum linux_perf_record {
  LINUX_PERF_RECORD_LOST = 2,
  LINUX_PERF_RECORD_SAMPLE = 9,
};

/// Where in the first page of a buffer the positions are. `struct perf_event_mmap_page`.
enum {
  LINUX_PERF_DATA_HEAD = 1024,
  LINUX_PERF_DATA_TAIL = 1032,
};

/// perf_event_open(2) for what BPF programs put out on one CPU. Returns a descriptor, or a negated errno.
static inline long linux_perf_output_open(int cpu, uint32_t wakeup, int is_watermark) {
  struct linux_perf_output attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.type = LINUX_PERF_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = LINUX_PERF_BPF_OUTPUT;
  attributes.sample_period = 1;
  attributes.sample_type = LINUX_PERF_RAW_SAMPLES;
  attributes.flags = is_watermark ? LINUX_PERF_WATERMARK : 0;
  attributes.wakeup = wakeup;
  long event = syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, LINUX_PERF_CLOSE_ON_EXEC);
  return event < 0 ? -(long)errno : event;
}

/// Lets an event put out from now on. Returns 0 or a negated errno.
static inline long linux_perf_output_enable(int event) {
  return ioctl(event, LINUX_PERF_ENABLE, 0) < 0 ? -(long)errno : 0;
}

#endif
