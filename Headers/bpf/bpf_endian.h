//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Conversions to and from network byte order. With a constant argument, each result is a constant expression, usable
// in initializers of globals and in case labels.

#ifndef __BPF_ENDIAN_H__
#define __BPF_ENDIAN_H__

#include "bpf_scalars.h"

#define ___bpf_swab16(x) ((__u16)__builtin_bswap16(x))
#define ___bpf_swab32(x) ((__u32)__builtin_bswap32(x))
#define ___bpf_swab64(x) ((__u64)__builtin_bswap64(x))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __bpf_swap_to_big16(x) ___bpf_swab16(x)
#define __bpf_swap_to_big32(x) ___bpf_swab32(x)
#define __bpf_swap_to_big64(x) ___bpf_swab64(x)
#else
#define __bpf_swap_to_big16(x) ((__u16)(x))
#define __bpf_swap_to_big32(x) ((__u32)(x))
#define __bpf_swap_to_big64(x) ((__u64)(x))
#endif

#define bpf_htons(x) __bpf_swap_to_big16(x)
#define bpf_ntohs(x) __bpf_swap_to_big16(x)
#define bpf_htonl(x) __bpf_swap_to_big32(x)
#define bpf_ntohl(x) __bpf_swap_to_big32(x)
#define bpf_cpu_to_be64(x) __bpf_swap_to_big64(x)
#define bpf_be64_to_cpu(x) __bpf_swap_to_big64(x)

// Other names of the same conversions, which older programs use for constants or for variables.
#define __bpf_constant_htons(x) bpf_htons(x)
#define __bpf_constant_ntohs(x) bpf_ntohs(x)
#define __bpf_constant_htonl(x) bpf_htonl(x)
#define __bpf_constant_ntohl(x) bpf_ntohl(x)
#define __bpf_constant_cpu_to_be64(x) bpf_cpu_to_be64(x)
#define __bpf_constant_be64_to_cpu(x) bpf_be64_to_cpu(x)
#define __bpf_htons(x) bpf_htons(x)
#define __bpf_ntohs(x) bpf_ntohs(x)
#define __bpf_htonl(x) bpf_htonl(x)
#define __bpf_ntohl(x) bpf_ntohl(x)
#define __bpf_cpu_to_be64(x) bpf_cpu_to_be64(x)
#define __bpf_be64_to_cpu(x) bpf_be64_to_cpu(x)

#endif
