//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Types for user space: keeps a type in the object's BTF, and marks numbers as addresses.
//
//     struct event {
//       __u32 pid;
//       bpf_ipv4_addr source;
//       __be16 port;
//     };
//     BPF_EXPORT_TYPE(struct event);

#ifndef __BPF_EXPORT_H__
#define __BPF_EXPORT_H__

#include "bpf_args.h"
#include "bpf_scalars.h"

/// Keeps a structure, union or enumeration that no map or variable uses in the object's BTF, such as the type of a
/// ring buffer's records. The build plugin generates a Swift type for it.
///
/// Loaders skip the section, so in the kernel the type takes no memory except in the BTF. libbpf logs that it skips it.
#define BPF_EXPORT_TYPE(type) \
  static typeof(type) *const ___bpf_apply(__bpf_exported_, __COUNTER__) \
      __attribute__((section(".bpf_export"), used)) = (typeof(type) *)(sizeof(type) * 0)

/// An IPv4 address in network byte order: an `IPv4Address` in generated Swift, where another `__be32` is a
/// `BigEndian<UInt32>`.
typedef __be32 bpf_ipv4_addr;

/// An IPv6 address in network byte order: an `IPv6Address` in generated Swift.
typedef __be32 bpf_ipv6_addr[4];

#endif
