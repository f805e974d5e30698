// All macros of <bpf/bpf_endian.h>, in constant expressions and at run time, for either byte order.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define IN_NETWORK_ORDER(here, swapped) (swapped)
#else
#define IN_NETWORK_ORDER(here, swapped) (here)
#endif

_Static_assert(bpf_htons(0x0102) == IN_NETWORK_ORDER(0x0102, 0x0201), "");
_Static_assert(bpf_ntohs(0x0102) == IN_NETWORK_ORDER(0x0102, 0x0201), "");
_Static_assert(bpf_htonl(0x01020304) == IN_NETWORK_ORDER(0x01020304, 0x04030201), "");
_Static_assert(bpf_ntohl(0x01020304) == IN_NETWORK_ORDER(0x01020304, 0x04030201), "");
_Static_assert(bpf_cpu_to_be64(0x0102030405060708) == IN_NETWORK_ORDER(0x0102030405060708, 0x0807060504030201), "");
_Static_assert(bpf_be64_to_cpu(0x0102030405060708) == IN_NETWORK_ORDER(0x0102030405060708, 0x0807060504030201), "");
_Static_assert(sizeof(bpf_htons(0)) == 2 && sizeof(bpf_htonl(0)) == 4 && sizeof(bpf_cpu_to_be64(0)) == 8, "");
_Static_assert(__bpf_constant_htons(1) == __bpf_htons(1) && __bpf_constant_ntohs(1) == __bpf_ntohs(1), "");
_Static_assert(__bpf_constant_htonl(1) == __bpf_htonl(1) && __bpf_constant_ntohl(1) == __bpf_ntohl(1), "");
_Static_assert(__bpf_constant_cpu_to_be64(1) == __bpf_cpu_to_be64(1), "");
_Static_assert(__bpf_constant_be64_to_cpu(1) == __bpf_be64_to_cpu(1), "");
_Static_assert(___bpf_swab16(1) == 0x100 && ___bpf_swab32(1) == 0x1000000, "");
_Static_assert(___bpf_swab64(1) == 0x100000000000000, "");

__be16 port = bpf_htons(53);

SEC("tc")
int by_protocol(struct __sk_buff *skb) {
  switch (skb->protocol) {
  case bpf_htons(ETH_P_IP): return bpf_ntohl(skb->mark);
  case bpf_htons(ETH_P_IPV6): return bpf_htons(skb->len);
  default: return bpf_be64_to_cpu(skb->tstamp) == bpf_cpu_to_be64(port) ? TC_ACT_SHOT : TC_ACT_OK;
  }
}

char _license[] SEC("license") = "GPL";
