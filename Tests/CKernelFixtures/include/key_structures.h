//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Structures as BPF programs have them for keys and values, to be seen from Swift.

#ifndef KEY_STRUCTURES_H
#define KEY_STRUCTURES_H

#include <stdbool.h>
#include <stdint.h>

/// No padding.
struct kf_flow {
  uint32_t source;
  uint32_t destination;
  uint16_t ports[2];
  uint32_t protocol;
};

/// Padding between fields and behind the last.
struct kf_gaps {
  uint8_t kind;
  uint32_t address;
  uint16_t port;
};

/// The same without.
struct __attribute__((packed)) kf_packed {
  uint8_t kind;
  uint32_t address;
  uint16_t port;
};

/// Padding inside of what is inside.
struct kf_nested {
  struct kf_gaps first[2];
  char name[3];
};

/// A value of which the kernel may hold more than Swift knows.
struct kf_verdict {
  bool drop;
  uint32_t count;
};

#endif
