//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "kernel_fixtures.h"

#include <string.h>

#include "bpf_syscall.h"

struct create_attributes {
  uint32_t map_type, key_size, value_size, max_entries, map_flags, inner_map_fd, numa_node;
  char map_name[16];
  uint32_t map_ifindex, btf_fd, btf_key_type_id, btf_value_type_id, btf_vmlinux_value_type_id;
  uint64_t map_extra;
};

struct element_attributes {
  uint32_t map_fd, padding;
  uint64_t key, value, flags;
};

/// BPF_MAP_DELETE_ELEM takes no value: bytes after the key must be absent or zero.
struct key_attributes {
  uint32_t map_fd, padding;
  uint64_t key;
};

struct batch_attributes {
  uint64_t in_batch, out_batch, keys, values;
  uint32_t count, map_fd;
  uint64_t element_flags, flags;
};

struct id_attributes {
  uint32_t id, next_id, open_flags;
};

struct info_attributes {
  uint32_t bpf_fd, info_len;
  uint64_t info;
};

struct object_attributes {
  uint64_t pathname;
  uint32_t bpf_fd, file_flags;
};

_Static_assert(sizeof(struct create_attributes) == 72, "bpf_attr for BPF_MAP_CREATE up to map_extra");
_Static_assert(sizeof(struct batch_attributes) == 56, "bpf_attr.batch");
_Static_assert(sizeof(struct kf_map_info) == 104, "bpf_map_info");

int kf_map_create(const struct kf_map_arguments *arguments) {
  struct create_attributes attributes = {
      .map_type = arguments->type,
      .key_size = arguments->key_size,
      .value_size = arguments->value_size,
      .max_entries = arguments->max_entries,
      .map_flags = arguments->flags,
      .inner_map_fd = arguments->inner_map_fd,
      .btf_fd = arguments->btf_fd,
      .btf_key_type_id = arguments->btf_key_type_id,
      .btf_value_type_id = arguments->btf_value_type_id,
      .btf_vmlinux_value_type_id = arguments->btf_vmlinux_value_type_id,
      .map_extra = arguments->map_extra,
  };
  memcpy(attributes.map_name, arguments->name, sizeof(attributes.map_name));
  return bpf_call(CMD_MAP_CREATE, attributes);
}

int kf_map_open_by_id(uint32_t id, uint32_t open_flags) {
  struct id_attributes attributes = {.id = id, .open_flags = open_flags};
  return bpf_call(CMD_MAP_GET_FD_BY_ID, attributes);
}

int kf_map_next_id(uint32_t after, uint32_t *next) {
  struct id_attributes attributes = {.id = after};
  int result = bpf_call(CMD_MAP_GET_NEXT_ID, attributes);
  *next = attributes.next_id;
  return result;
}

int kf_map_info(int map, struct kf_map_info *info) {
  memset(info, 0, sizeof(*info));
  struct info_attributes attributes = {.bpf_fd = (uint32_t)map, .info_len = sizeof(*info), .info = address(info)};
  return bpf_call(CMD_OBJ_GET_INFO_BY_FD, attributes);
}

static int element(int command, int map, const void *key, const void *value, uint64_t flags) {
  struct element_attributes attributes = {
      .map_fd = (uint32_t)map, .key = address(key), .value = address(value), .flags = flags};
  return bpf_call(command, attributes);
}

int kf_map_lookup(int map, const void *key, void *value, uint64_t flags) {
  return element(CMD_MAP_LOOKUP_ELEM, map, key, value, flags);
}

int kf_map_lookup_and_delete(int map, const void *key, void *value, uint64_t flags) {
  return element(CMD_MAP_LOOKUP_AND_DELETE_ELEM, map, key, value, flags);
}

int kf_map_update(int map, const void *key, const void *value, uint64_t flags) {
  return element(CMD_MAP_UPDATE_ELEM, map, key, value, flags);
}

int kf_map_delete(int map, const void *key) {
  struct key_attributes attributes = {.map_fd = (uint32_t)map, .key = address(key)};
  return bpf_call(CMD_MAP_DELETE_ELEM, attributes);
}

int kf_map_next_key(int map, const void *key, void *next) {
  return element(CMD_MAP_GET_NEXT_KEY, map, key, next, 0);
}

int kf_map_freeze(int map) {
  uint32_t attributes = (uint32_t)map;
  return bpf_call(CMD_MAP_FREEZE, attributes);
}

int kf_map_lookup_batch(int map, const void *in_batch, void *out_batch, void *keys, void *values, uint32_t *count) {
  struct batch_attributes attributes = {
      .in_batch = address(in_batch),
      .out_batch = address(out_batch),
      .keys = address(keys),
      .values = address(values),
      .count = *count,
      .map_fd = (uint32_t)map,
  };
  int result = bpf_call(CMD_MAP_LOOKUP_BATCH, attributes);
  *count = attributes.count;
  return result;
}

int kf_object_pin(int object, const char *path) {
  struct object_attributes attributes = {.pathname = address(path), .bpf_fd = (uint32_t)object};
  return bpf_call(CMD_OBJ_PIN, attributes);
}

int kf_object_get(const char *path, uint32_t file_flags) {
  struct object_attributes attributes = {.pathname = address(path), .file_flags = file_flags};
  return bpf_call(CMD_OBJ_GET, attributes);
}
