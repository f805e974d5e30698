// The same headers after the system's <linux/bpf.h>.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/usdt.bpf.h>

struct task_struct {
  int pid;
  struct task_struct *real_parent;
} __attribute__((preserve_access_index));

long result;

SEC("xdp")
int frames(struct xdp_md *ctx) {
  struct ethhdr *ethernet = (void *)(long)ctx->data;
  struct iphdr *ip = (void *)(ethernet + 1);
  if ((void *)(ip + 1) > (void *)(long)ctx->data_end) return XDP_PASS;
  return ethernet->h_proto == bpf_htons(ETH_P_IP) && ip->protocol == 1 ? XDP_DROP : XDP_PASS;
}

SEC("uprobe")
int BPF_UPROBE(in_process, long a, long b) {
  result = a + b + PT_REGS_IP(ctx);
  return 0;
}

SEC("usdt")
int BPF_USDT(fired, long a) {
  struct task_struct *task = (void *)bpf_get_current_task();
  result = a + BPF_CORE_READ(task, real_parent, pid);
  return 0;
}

char _license[] SEC("license") = "GPL";
