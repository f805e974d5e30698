//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "kernel_fixtures.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf_syscall.h"

struct btf_header {
  uint16_t magic;
  uint8_t version, flags;
  uint32_t header_length, type_offset, type_length, string_offset, string_length;
};

struct btf_load_attributes {
  uint64_t btf, log_buffer;
  uint32_t btf_size, log_size, log_level;
};

enum { KIND_INT = 1, KIND_STRUCT = 4 };

#define BTF_MAGIC 0xeb9f
#define KIND(kind, members) (((uint32_t)(kind) << 24) | (members))
#define SIGNED_INT(bits) ((1u << 24) | (bits))
#define UNSIGNED_INT(bits) (bits)

// The names, each with its offset, in the order of the string section.
static const char names[] = "\0int\0unsigned long\0bpf_spin_lock\0val\0locked_value\0counter\0lock\0lpm_key\0prefixlen\0data";
enum {
  NAME_INT = 1,
  NAME_UNSIGNED_LONG = 5,
  NAME_SPIN_LOCK = 19,
  NAME_VAL = 33,
  NAME_LOCKED_VALUE = 37,
  NAME_COUNTER = 50,
  NAME_LOCK = 58,
  NAME_LPM_KEY = 63,
  NAME_PREFIXLEN = 71,
  NAME_DATA = 81,
};

int kf_btf_load(void) {
  static const uint32_t types[] = {
      // name, kind and member count, size; then an integer's encoding, or name, type, bit offset of each member
      NAME_INT, KIND(KIND_INT, 0), 4, SIGNED_INT(32),
      NAME_UNSIGNED_LONG, KIND(KIND_INT, 0), 8, UNSIGNED_INT(64),
      NAME_SPIN_LOCK, KIND(KIND_STRUCT, 1), 4, NAME_VAL, KF_BTF_INT32, 0,
      NAME_LOCKED_VALUE, KIND(KIND_STRUCT, 2), 8, NAME_COUNTER, KF_BTF_INT32, 0, NAME_LOCK, KF_BTF_SPIN_LOCK, 32,
      NAME_LPM_KEY, KIND(KIND_STRUCT, 2), 8, NAME_PREFIXLEN, KF_BTF_INT32, 0, NAME_DATA, KF_BTF_INT32, 32,
  };
  struct {
    struct btf_header header;
    uint32_t types[sizeof(types) / sizeof(types[0])];
    char names[sizeof(names)];
  } blob = {
      .header = {
          .magic = BTF_MAGIC,
          .version = 1,
          .header_length = sizeof(struct btf_header),
          .type_length = sizeof(types),
          .string_offset = sizeof(types),
          .string_length = sizeof(names),
      }};
  memcpy(blob.types, types, sizeof(types));
  memcpy(blob.names, names, sizeof(names));
  struct btf_load_attributes attributes = {
      .btf = address(&blob),
      .btf_size = sizeof(struct btf_header) + sizeof(types) + sizeof(names),
  };
  // 28 bytes, not 32: the compiler's tail padding would overlap another field of the kernel's.
  return bpf_call_sized(CMD_BTF_LOAD, &attributes, 28);
}

/// Returns the number of bytes that follow the three words with which every BTF type begins.
static uint32_t trailing_size(uint32_t kind, uint32_t members) {
  switch (kind) {
  case 1: case 14: case 17: return 4;   // int, var, declaration tag
  case 3: return 12;                    // array
  case 4: case 5: return members * 12;  // struct, union
  case 6: case 13: return members * 8;  // enum, function prototype
  case 15: case 19: return members * 12;  // data section, 64-bit enum
  default: return 0;                    // pointer, forward, typedef, qualifiers, function, float, type tag
  }
}

static int find_struct(const uint8_t *btf, size_t size, const char *name, uint32_t *struct_size) {
  struct btf_header header;
  if (size < sizeof(header)) return -EINVAL;
  memcpy(&header, btf, sizeof(header));
  const uint8_t *types = btf + header.header_length + header.type_offset;
  const char *strings = (const char *)btf + header.header_length + header.string_offset;
  uint32_t offset = 0;
  for (int id = 1; offset < header.type_length; id++) {
    uint32_t words[3];  // name, kind and member count, size
    memcpy(words, types + offset, sizeof(words));
    uint32_t kind = (words[1] >> 24) & 0x1f;
    if (kind == KIND_STRUCT && strcmp(strings + words[0], name) == 0) {
      *struct_size = words[2];
      return id;
    }
    offset += sizeof(words) + trailing_size(kind, words[1] & 0xffff);
  }
  return -ENOENT;
}

int kf_vmlinux_struct(const char *name, uint32_t *size) {
  int file = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  struct stat status;
  int result = fstat(file, &status) < 0 ? -errno : 0;
  uint8_t *btf = result < 0 ? NULL : malloc((size_t)status.st_size);
  size_t filled = 0;
  while (btf && filled < (size_t)status.st_size) {
    ssize_t count = read(file, btf + filled, (size_t)status.st_size - filled);
    if (count <= 0) break;
    filled += (size_t)count;
  }
  if (result == 0) result = btf && filled == (size_t)status.st_size ? find_struct(btf, filled, name, size) : -EIO;
  free(btf);
  close(file);
  return result;
}
