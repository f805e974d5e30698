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

// What is used of libbpf 1.0 and later, as its manual has it.
struct btf;
static struct btf *(*load_vmlinux_btf)(void);
static void (*free_btf)(struct btf *);
static int32_t (*find_by_name_kind)(const struct btf *, const char *, uint32_t);

int libbpf_is_available(void) {
  if (find_by_name_kind) return 1;
  void *library = dlopen("libbpf.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) return 0;
  *(void **)&load_vmlinux_btf = dlsym(library, "btf__load_vmlinux_btf");
  *(void **)&free_btf = dlsym(library, "btf__free");
  if (!load_vmlinux_btf || !free_btf) return 0;
  *(void **)&find_by_name_kind = dlsym(library, "btf__find_by_name_kind");
  return find_by_name_kind != NULL;
}

uint64_t libbpf_find_types(const char *const *names, const uint32_t *kinds, size_t count) {
  struct btf *types = load_vmlinux_btf();
  if (!types) {
    perror("libbpf");
    exit(70);
  }
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    int32_t id = find_by_name_kind(types, names[i], kinds[i]);
    if (id > 0) sum += (uint64_t)id;
  }
  free_btf(types);
  return sum;
}
