//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "answered_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)

static const unsigned char system_call[2] = {0x0f, 0x05};
/// xor %eax, %eax
static const unsigned char success[2] = {0x31, 0xc0};
/// mov $321, %eax: the number of bpf(2), a few instructions ahead of the call.
static const unsigned char load_number[5] = {0xb8, 0x41, 0x01, 0x00, 0x00};
enum { reach = 48, most_places = 1024 };

static unsigned char *places[most_places];
static int place_count;

static void add_first_call(unsigned char *code, size_t size) {
  unsigned char *place = memmem(code, size, system_call, sizeof system_call);
  if (!place || place_count == most_places) return;
  if (place_count == 0 || places[place_count - 1] != place) places[place_count++] = place;
}

/// Finds the calls in the code of the main program, which the loader lists first.
static int find_calls(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size, (void)unused;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
    unsigned char *code = (unsigned char *)(object->dlpi_addr + segment->p_vaddr);
    unsigned char *end = code + segment->p_memsz;
    while ((code = memmem(code, (size_t)(end - code), load_number, sizeof load_number))) {
      code += sizeof load_number;
      add_first_call(code, end - code < reach ? (size_t)(end - code) : reach);
    }
  }
  return 1;
}

static int overwrite(const unsigned char *bytes) {
  uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < place_count; i++) {
    uintptr_t page = (uintptr_t)places[i] & ~(page_size - 1);
    size_t length = (uintptr_t)places[i] + 2 - page;
    if (mprotect((void *)page, length, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) return -errno;
    memcpy(places[i], bytes, 2);
    if (mprotect((void *)page, length, PROT_READ | PROT_EXEC) != 0) return -errno;
  }
  return place_count;
}

int answer_calls(void) {
  if (place_count == 0) {
    dl_iterate_phdr(find_calls, NULL);
    unsigned char *function = dlsym(RTLD_DEFAULT, "syscall");
    if (function) add_first_call(function, reach);
  }
  return overwrite(success);
}

void ask_kernel(void) { overwrite(system_call); }

#else

int answer_calls(void) { return 0; }

void ask_kernel(void) {}

#endif
