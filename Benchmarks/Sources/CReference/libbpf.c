//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "libbpf.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

// The functions of libbpf 1.0 and later used here, as documented.
struct btf;
static struct btf *(*load_vmlinux_btf)(void);
static void (*free_btf)(struct btf *);
static int32_t (*find_by_name_kind)(const struct btf *, const char *, uint32_t);

struct bpf_object;
struct bpf_program;
struct bpf_map;
static struct bpf_object *(*open_object)(const char *, const void *options);
static int (*load_object)(struct bpf_object *);
static void (*close_object)(struct bpf_object *);
static struct bpf_program *(*next_program)(const struct bpf_object *, struct bpf_program *);
static int (*program_descriptor)(const struct bpf_program *);
static struct bpf_map *(*next_map)(const struct bpf_object *, const struct bpf_map *);
static int (*map_descriptor)(const struct bpf_map *);

static const struct {
  void *function;
  const char *name;
} functions[] = {
    {&load_vmlinux_btf, "btf__load_vmlinux_btf"},
    {&free_btf, "btf__free"},
    {&find_by_name_kind, "btf__find_by_name_kind"},
    {&open_object, "bpf_object__open_file"},
    {&load_object, "bpf_object__load"},
    {&close_object, "bpf_object__close"},
    {&next_program, "bpf_object__next_program"},
    {&program_descriptor, "bpf_program__fd"},
    {&next_map, "bpf_object__next_map"},
    {&map_descriptor, "bpf_map__fd"},
};

int libbpf_is_available(void) {
  static int is_available = -1;
  if (is_available >= 0) return is_available;
  void *library = dlopen("libbpf.so.1", RTLD_NOW | RTLD_LOCAL);
  is_available = library != NULL;
  for (size_t i = 0; i < sizeof functions / sizeof *functions && is_available; i++) {
    *(void **)functions[i].function = dlsym(library, functions[i].name);
    if (!*(void **)functions[i].function) is_available = 0;
  }
  return is_available;
}

static void end(const char *what) {
  perror(what);
  exit(70);
}

uint64_t libbpf_find_types(const char *const *names, const uint32_t *kinds, size_t count) {
  struct btf *types = load_vmlinux_btf();
  if (!types) end("libbpf");
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    int32_t id = find_by_name_kind(types, names[i], kinds[i]);
    if (id > 0) sum += (uint64_t)id;
  }
  free_btf(types);
  return sum;
}

static struct bpf_object *opened(const char *path) {
  struct bpf_object *object = open_object(path, NULL);
  if (!object) end(path);
  return object;
}

uint64_t libbpf_open_object(const char *path) {
  struct bpf_object *object = opened(path);
  uint64_t parts = 0;
  for (struct bpf_program *program = NULL; (program = next_program(object, program));) parts++;
  for (struct bpf_map *map = NULL; (map = next_map(object, map));) parts++;
  close_object(object);
  return parts;
}

uint64_t libbpf_load_object(const char *path) {
  struct bpf_object *object = opened(path);
  if (load_object(object) != 0) end(path);
  uint64_t parts = 0;
  for (struct bpf_program *program = NULL; (program = next_program(object, program));) {
    parts += program_descriptor(program) >= 0;
  }
  for (struct bpf_map *map = NULL; (map = next_map(object, map));) parts += map_descriptor(map) >= 0;
  close_object(object);
  return parts;
}
