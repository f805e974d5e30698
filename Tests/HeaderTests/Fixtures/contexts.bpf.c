// Network programs that need only the package's headers.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} bytes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(max_entries, 16);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_SOCKMAP);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} sockets SEC(".maps");

SEC("xdp")
int frames(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  __u32 zero = 0;
  __u64 *count = bpf_map_lookup_elem(&bytes, &zero);
  if (!count || data + ETH_ALEN > end) return XDP_ABORTED;
  *count += end - data;
  __u64 *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
  if (!event) return XDP_DROP;
  *event = *count;
  bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
  return XDP_PASS;
}

SEC("tc")
int packets(struct __sk_buff *skb) {
  struct bpf_sock *socket = skb->sk;
  struct bpf_tcp_sock *connection = socket ? bpf_tcp_sock(socket) : NULL;
  bool busy = connection && connection->snd_cwnd > 10;
  return busy && skb->protocol == bpf_htons(ETH_P_IP) ? TCX_DROP : TCX_NEXT;
}

SEC("cgroup/connect4")
int connecting(struct bpf_sock_addr *ctx) { return ctx->user_port != bpf_htons(22); }

SEC("sockops")
int operations(struct bpf_sock_ops *ops) {
  if (ops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
    bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_RTT_CB_FLAG);
  return ops->state == BPF_TCP_ESTABLISHED;
}

SEC("sk_msg")
int messages(struct sk_msg_md *msg) { return msg->size > 3 ? bpf_msg_redirect_map(msg, &sockets, 0, 0) : SK_PASS; }

SEC("sk_lookup")
int lookups(struct bpf_sk_lookup *ctx) { return ctx->local_port == 7 ? SK_DROP : SK_PASS; }

SEC("cgroup/sysctl")
int controls(struct bpf_sysctl *ctx) { return !ctx->write; }

SEC("cgroup/dev")
int devices(struct bpf_cgroup_dev_ctx *ctx) { return ctx->major == 1; }

SEC("cgroup/getsockopt")
int options(struct bpf_sockopt *ctx) { return ctx->level != 1; }

SEC("perf_event")
int samples(void *ctx) { return bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK) > 0; }

char _license[] SEC("license") = "GPL";
