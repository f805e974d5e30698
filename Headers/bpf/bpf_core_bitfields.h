//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Reads and writes fields that may be bit-fields, with the offset, width and sign that they have in the running kernel.
//
// Include <bpf/bpf_core_read.h>, which includes this.

#ifndef __BPF_CORE_BITFIELDS_H__
#define __BPF_CORE_BITFIELDS_H__

#define __CORE_RELO(src, field, info) __builtin_preserve_field_info((src)->field, BPF_FIELD_##info)

/// Extracts the field from the 64-bit number that contains it: shifts it up to the top bit, and back down.
#define __bpf_extract_bits(number, s, field) \
  ({ \
    number <<= __CORE_RELO(s, field, LSHIFT_U64); \
    if (__CORE_RELO(s, field, SIGNED)) \
      number = (long long)number >> __CORE_RELO(s, field, RSHIFT_U64); \
    else \
      number >>= __CORE_RELO(s, field, RSHIFT_U64); \
    number; \
  })

/// The address of the number that contains the field. `barrier_var` hides from the compiler that the address depends
/// on the field: otherwise each access would get its own relocation.
#define __bpf_bits_address(s, field) \
  ({ \
    char *___where = (char *)(s) + __CORE_RELO(s, field, BYTE_OFFSET); \
    barrier_var(___where); \
    ___where; \
  })

/// Reads the field as a 64-bit number, with bpf_probe_read_kernel. Copies a narrower number to the low-order bytes.
#define BPF_CORE_READ_BITFIELD_PROBED(s, field) \
  ({ \
    unsigned long long ___bits = 0; \
    bpf_probe_read_kernel( \
        (char *)&___bits + __bpf_low_end(__CORE_RELO(s, field, BYTE_SIZE)), __CORE_RELO(s, field, BYTE_SIZE), \
        (const char *)(s) + __CORE_RELO(s, field, BYTE_OFFSET)); \
    __bpf_extract_bits(___bits, s, field); \
  })
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __bpf_low_end(size) 0
#else
#define __bpf_low_end(size) (8 - (size))
#endif

/// Reads the field directly, through a pointer whose type the verifier knows.
#define BPF_CORE_READ_BITFIELD(s, field) \
  ({ \
    unsigned long long ___bits = 0; \
    const char *___address = __bpf_bits_address(s, field); \
    switch (__CORE_RELO(s, field, BYTE_SIZE)) { \
    case 1: ___bits = *(const __u8 *)___address; break; \
    case 2: ___bits = *(const __u16 *)___address; break; \
    case 4: ___bits = *(const __u32 *)___address; break; \
    case 8: ___bits = *(const __u64 *)___address; break; \
    } \
    __bpf_extract_bits(___bits, s, field); \
  })

/// Writes the field directly, and preserves the other bits of the number.
#define BPF_CORE_WRITE_BITFIELD(s, field, new_val) \
  ({ \
    const unsigned int ___above = __CORE_RELO(s, field, LSHIFT_U64); \
    const unsigned int ___outside = __CORE_RELO(s, field, RSHIFT_U64); \
    const unsigned long long ___mask = (~0ULL << ___outside) >> ___above; \
    const unsigned long long ___new = ((unsigned long long)(new_val) << (___outside - ___above)) & ___mask; \
    char *___address = __bpf_bits_address(s, field); \
    switch (__CORE_RELO(s, field, BYTE_SIZE)) { \
    case 1: __bpf_replace_bits(__u8, ___address, ___mask, ___new); break; \
    case 2: __bpf_replace_bits(__u16, ___address, ___mask, ___new); break; \
    case 4: __bpf_replace_bits(__u32, ___address, ___mask, ___new); break; \
    case 8: __bpf_replace_bits(__u64, ___address, ___mask, ___new); break; \
    } \
  })
#define __bpf_replace_bits(type, address, mask, bits) (*(type *)address = (*(type *)address & ~(mask)) | (bits))

#endif
