// Writes and reads bit-fields. Returns how many of six checks succeeded.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int bit_fields(struct __sk_buff *skb) {
  struct tcphdr header = {.doff = 5, .syn = 1, .window = 0x55}, *tcp = &header;
  BPF_CORE_WRITE_BITFIELD(tcp, doff, 11 + skb->mark);
  BPF_CORE_WRITE_BITFIELD(tcp, ack, 3);
  BPF_CORE_WRITE_BITFIELD(tcp, window, 0x1234);
  int right = header.doff == 11 && header.syn && header.ack && !header.fin && header.window == 0x1234;
  right += BPF_CORE_READ_BITFIELD(tcp, doff) == 11;
  right += BPF_CORE_READ_BITFIELD_PROBED(tcp, doff) == 11;
  right += BPF_CORE_READ_BITFIELD(tcp, window) == 0x1234;
  right += BPF_CORE_READ_BITFIELD_PROBED(tcp, syn) == 1;
  right += BPF_CORE_READ_BITFIELD_PROBED(tcp, rst) == 0;
  return right;
}

char _license[] SEC("license") = "GPL";
