//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "include/older_kernels.h"

#include "supervision.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

// Old kernels reject unknown arguments: unknown commands and flags with EINVAL, unknown bytes within the argument
// that they know with EINVAL, and nonzero bytes after it with E2BIG.

enum { MAP_CREATE = 0, PROG_LOAD = 5, OBJ_GET_INFO_BY_FD = 15, BTF_LOAD = 18, MAP_FREEZE = 22, PROG_BIND_MAP = 35 };
enum { KPROBE = 2 };
enum { RDONLY_PROG = 1 << 7, WRONLY_PROG = 1 << 8, MMAPABLE = 1 << 10 };

static int version(int major, int minor) { return major << 8 | minor; }

struct instruction {
  uint8_t opcode;
  uint8_t registers;
  int16_t offset;
  int32_t immediate;
};

/// Returns whether some bytes of an argument are not all zero.
static int has(const uint8_t *argument, size_t size, size_t begin, size_t end) {
  for (size_t at = begin; at < end && at < size; at++) {
    if (argument[at] != 0) return 1;
  }
  return 0;
}

static int judge_map(int kernel, const uint8_t *argument, size_t size) {
  uint32_t flags;
  memcpy(&flags, argument + 16, sizeof flags);
  if (kernel < version(4, 15) && has(argument, size, 28, 44)) return EINVAL;
  if (kernel < version(4, 18) && has(argument, size, 48, 60)) return E2BIG;
  if (kernel < version(5, 2) && flags & (RDONLY_PROG | WRONLY_PROG)) return EINVAL;
  if (kernel < version(5, 5) && flags & MMAPABLE) return EINVAL;
  return 0;
}

/// Returns the version that the running kernel reports. Debian's has it outside its release name.
static uint32_t running_version(void) {
  struct utsname names;
  uname(&names);
  const char *debian = strstr(names.version, "Debian ");
  unsigned major = 0, minor = 0, patch = 0;
  sscanf(debian ? debian + strlen("Debian ") : names.release, "%u.%u.%u", &major, &minor, &patch);
  return major << 16 | minor << 8 | (patch > 255 ? 255 : patch);
}

static int judge_program(int kernel, const uint8_t *argument, size_t size) {
  uint64_t address;
  uint32_t type, count, told;
  memcpy(&type, argument, sizeof type);
  memcpy(&told, argument + 40, sizeof told);
  memcpy(&count, argument + 4, sizeof count);
  memcpy(&address, argument + 8, sizeof address);
  if (kernel < version(4, 15) && has(argument, size, 48, 64)) return E2BIG;
  if (kernel < version(4, 17) && has(argument, size, 68, 72)) return E2BIG;
  if (kernel < version(5, 0) && has(argument, size, 72, 108)) return E2BIG;
  if (kernel < version(5, 0) && type == KPROBE && told != running_version()) return EINVAL;
  const struct instruction *code = (const struct instruction *)(uintptr_t)address;
  for (uint32_t at = 0; at < count; at++) {
    if (code[at].opcode == 0x18 && code[at].registers >> 4 == 2 && kernel < version(5, 2)) return EINVAL;
    int atomic = code[at].opcode == 0xc3 || code[at].opcode == 0xdb;
    if (atomic && code[at].immediate != 0 && kernel < version(5, 12)) return EINVAL;
    if (code[at].opcode != 0x85 || code[at].registers != 0) continue;
    int helper = code[at].immediate;
    if (helper >= 112 && helper <= 115 && kernel < version(5, 5)) return EINVAL;
    if (helper == 160 && kernel < version(5, 11)) return EINVAL;
  }
  return 0;
}

/// Returns the first release that supports a type, by its kind, its flag, and its number of members.
static int release_of(unsigned kind, unsigned flag, unsigned parts) {
  switch (kind) {
  case 12: return parts != 0 ? version(5, 6) : version(5, 0);  // a function that is not static
  case 13: return version(5, 0);
  case 14: return version(5, 2);
  case 15: return parts != 0 ? version(5, 2) : version(5, 12);  // a section without variables
  case 16: return version(5, 13);
  case 17: return version(5, 16);
  case 18: return version(5, 17);
  case 19: return version(6, 0);
  case 6: return flag ? version(6, 0) : version(4, 18);
  default: return version(4, 18);
  }
}

static int judge_types(int kernel, const uint8_t *argument) {
  if (kernel < version(4, 18)) return EINVAL;
  uint64_t address;
  memcpy(&address, argument, sizeof address);
  const uint32_t *header = (const uint32_t *)(uintptr_t)address;
  const uint32_t *type = (const uint32_t *)(uintptr_t)(address + header[1] + header[2]);
  const uint32_t *end = type + header[3] / sizeof *type;
  while (type < end) {
    // The data after the three words of each type: per member, and once.
    static const unsigned part_words[20] = {[4] = 3, [5] = 3, [6] = 2, [13] = 2, [15] = 3, [19] = 3};
    static const unsigned own_words[20] = {[1] = 1, [3] = 3, [14] = 1, [17] = 1};
    unsigned parts = type[1] & 0xffff, kind = type[1] >> 24 & 31;
    if (kind >= 20 || kernel < release_of(kind, type[1] >> 31, parts)) return EINVAL;
    type += 3 + part_words[kind] * parts + own_words[kind];
  }
  return 0;
}

/// Returns whether a descriptor of this process refers to a BTF object.
static int is_types(uint32_t descriptor) {
  char path[32], target[32];
  snprintf(path, sizeof path, "/proc/self/fd/%u", descriptor);
  ssize_t length = readlink(path, target, sizeof target - 1);
  target[length < 0 ? 0 : length] = 0;
  return strstr(target, "btf") != NULL;
}

static int judge_information(int kernel, const uint8_t *argument) {
  uint32_t descriptor, size;
  uint64_t info;
  memcpy(&descriptor, argument, sizeof descriptor);
  memcpy(&size, argument + 4, sizeof size);
  memcpy(&info, argument + 8, sizeof info);
  // Since 5.11 the name follows the address, the size and the ID.
  if (kernel >= version(5, 11) || !is_types(descriptor)) return 0;
  return has((const uint8_t *)(uintptr_t)info, size, 16, size) ? E2BIG : 0;
}

static int judge(long *state, const struct seccomp_data *call) {
  int kernel = (int)*state;
  const uint8_t *argument = (const uint8_t *)(uintptr_t)call->args[1];
  size_t size = (size_t)call->args[2];
  switch (call->args[0]) {
  case MAP_CREATE: return judge_map(kernel, argument, size);
  case PROG_LOAD: return judge_program(kernel, argument, size);
  case BTF_LOAD: return judge_types(kernel, argument);
  case OBJ_GET_INFO_BY_FD: return judge_information(kernel, argument);
  case MAP_FREEZE: return kernel < version(5, 2) ? EINVAL : 0;
  case PROG_BIND_MAP: return kernel < version(5, 10) ? EINVAL : 0;
  default: return 0;
  }
}

int kf_pretend_kernel(int major, int minor) {
  return kf_supervise_bpf_calls(judge, version(major, minor));
}
