//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Key and value structures as in BPF programs, imported into Swift.

#ifndef KEY_STRUCTURES_H
#define KEY_STRUCTURES_H

#include <stdbool.h>
#include <stdint.h>

/// A structure without padding.
struct kf_flow {
  uint32_t source;
  uint32_t destination;
  uint16_t ports[2];
  uint32_t protocol;
};

/// A structure with padding between its fields and at its end.
struct kf_gaps {
  uint8_t kind;
  uint32_t address;
  uint16_t port;
};

/// The same fields without padding.
struct __attribute__((packed)) kf_packed {
  uint8_t kind;
  uint32_t address;
  uint16_t port;
};

/// A structure with padding inside its members.
struct kf_nested {
  struct kf_gaps first[2];
  char name[3];
};

/// A value that the kernel may hold with bits that are invalid in Swift.
struct kf_verdict {
  bool drop;
  uint32_t count;
};

#endif
