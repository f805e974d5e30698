//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "instruments.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t instrument_clock(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int instrument_pin(void) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return -1;
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    CPU_ZERO(&allowed);
    CPU_SET(cpu, &allowed);
    return sched_setaffinity(0, sizeof allowed, &allowed) == 0 ? cpu : -1;
  }
  return -1;
}

// MARK: - Allocations

static int is_counting;
static uint64_t allocations;

static inline void count_allocation(void) {
  // Other threads may allocate around the start and end of counting. Losing their counts is harmless.
  if (__builtin_expect(__atomic_load_n(&is_counting, __ATOMIC_RELAXED), 0)) {
    __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
  }
}

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  count_allocation();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  count_allocation();
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  count_allocation();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count_allocation();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count_allocation();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  count_allocation();
  void *memory = __libc_memalign(alignment, size);
  if (!memory) return ENOMEM;
  *result = memory;
  return 0;
}

void instrument_count_allocations(void) {
  __atomic_store_n(&allocations, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&is_counting, 1, __ATOMIC_SEQ_CST);
}

uint64_t instrument_allocations(void) {
  __atomic_store_n(&is_counting, 0, __ATOMIC_SEQ_CST);
  return __atomic_load_n(&allocations, __ATOMIC_RELAXED);
}

void instrument_allocate(int count) {
  for (int i = 0; i < count; i++) {
    void *memory = malloc(16);
    __asm__ volatile("" : : "r"(memory) : "memory");
    free(memory);
  }
}

// MARK: - References

extern void *swift_retain(void *object);
extern void swift_release(void *object);

// The Swift runtime calls these pointers once it is told that they were replaced.
extern void *(*_swift_retain)(void *object);
extern _Bool _swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly;

static void *(*runtime_retain)(void *object);
static uint64_t references;

static void *count_reference(void *object) {
  __atomic_fetch_add(&references, 1, __ATOMIC_RELAXED);
  return runtime_retain(object);
}

void instrument_count_references(void) {
  if (!runtime_retain) {
    runtime_retain = _swift_retain;
    _swift_retain = count_reference;
  }
  __atomic_store_n(&references, 0, __ATOMIC_RELAXED);
  __atomic_store_n(
    &_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly, 1, __ATOMIC_SEQ_CST);
}

uint64_t instrument_references(void) {
  __atomic_store_n(
    &_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly, 0, __ATOMIC_SEQ_CST);
  return __atomic_load_n(&references, __ATOMIC_RELAXED);
}

void instrument_retain(void *object, int count) {
  for (int i = 0; i < count; i++) swift_retain(object);
  for (int i = 0; i < count; i++) swift_release(object);
}

// MARK: - Memory

/// Reads a number of kB in /proc/self/status and returns it in bytes. Allocates nothing.
static int64_t status(const char *field) {
  char text[8192];
  int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return -1;
  text[length] = 0;
  const char *line = strstr(text, field);
  return line ? atoll(line + strlen(field)) * 1024 : -1;
}

int64_t instrument_forget_peak(void) {
  malloc_trim(0);
  int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t written = write(file, "5", 1);
  close(file);
  return written == 1 ? status("\nVmRSS:") : -1;
}

int64_t instrument_peak(void) { return status("\nVmHWM:"); }

// MARK: - System calls

static long number_in(const char *path) {
  char text[32] = {0};
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  return length > 0 ? atol(text) : -EIO;
}

#define TRACEPOINT "events/raw_syscalls/sys_enter/id"

/// Returns the tracepoint's ID, read by a child from a tracefs in its own mount namespace.
static long tracepoint_from_mount(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    long number = -EPERM;
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("tracefs", "/tmp", "tracefs", 0, NULL) == 0) {
      number = number_in("/tmp/" TRACEPOINT);
    } else {
      number = -errno;
    }
    _exit(write(ends[1], &number, sizeof number) == sizeof number ? 0 : 1);
  }
  long number = -EIO;
  close(ends[1]);
  if (read(ends[0], &number, sizeof number) != sizeof number) number = -EIO;
  close(ends[0]);
  waitpid(child, NULL, 0);
  return number;
}

int instrument_count_system_calls(void) {
  static long number = -1;
  if (number < 0) number = number_in("/sys/kernel/tracing/" TRACEPOINT);
  if (number < 0) number = tracepoint_from_mount();
  if (number < 0) return (int)number;
  struct perf_event_attr attributes = {
      .type = PERF_TYPE_TRACEPOINT,
      .size = sizeof attributes,
      .config = (uint64_t)number,
      .disabled = 1,
  };
  long counter = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (counter < 0) return -errno;
  return ioctl((int)counter, PERF_EVENT_IOC_ENABLE, 0) == 0 ? (int)counter : -errno;
}

uint64_t instrument_system_calls(int counter) {
  uint64_t count = 0;
  ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);
  ssize_t length = read(counter, &count, sizeof count);
  close(counter);
  // The call that stopped counting was counted, too.
  return length == sizeof count ? count - 1 : UINT64_MAX;
}

void instrument_call(int count) {
  for (int i = 0; i < count; i++) syscall(SYS_getpid);
}
