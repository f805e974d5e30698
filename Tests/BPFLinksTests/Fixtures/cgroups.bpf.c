// Programs for all control group hooks. Each counts its runs and allows the operation.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

__u64 hits;
__u8 refuses;

#define ALLOWING(section, name, context)             \
  struct context;                                    \
  SEC(section) int name(struct context *ctx) {       \
    __atomic_fetch_add(&hits, 1, __ATOMIC_RELAXED);  \
    return refuses ? 0 : 1;                          \
  }
#define WATCHING(section, name, context)             \
  struct context;                                    \
  SEC(section) int name(struct context *ctx) {       \
    __atomic_fetch_add(&hits, 1, __ATOMIC_RELAXED);  \
    return 1;                                        \
  }

ALLOWING("cgroup_skb/ingress", ingress, __sk_buff)
ALLOWING("cgroup_skb/egress", egress, __sk_buff)
ALLOWING("cgroup/sock_create", sock_create, bpf_sock)
ALLOWING("cgroup/sock_release", sock_release, bpf_sock)
ALLOWING("cgroup/post_bind4", post_bind4, bpf_sock)
ALLOWING("cgroup/post_bind6", post_bind6, bpf_sock)
ALLOWING("cgroup/bind4", bind4, bpf_sock_addr)
ALLOWING("cgroup/bind6", bind6, bpf_sock_addr)
ALLOWING("cgroup/connect4", connect4, bpf_sock_addr)
ALLOWING("cgroup/connect6", connect6, bpf_sock_addr)
ALLOWING("cgroup/connect_unix", connect_unix, bpf_sock_addr)
ALLOWING("cgroup/sendmsg4", sendmsg4, bpf_sock_addr)
ALLOWING("cgroup/sendmsg6", sendmsg6, bpf_sock_addr)
ALLOWING("cgroup/sendmsg_unix", sendmsg_unix, bpf_sock_addr)
WATCHING("cgroup/recvmsg4", recvmsg4, bpf_sock_addr)
WATCHING("cgroup/recvmsg6", recvmsg6, bpf_sock_addr)
WATCHING("cgroup/recvmsg_unix", recvmsg_unix, bpf_sock_addr)
WATCHING("cgroup/getpeername4", getpeername4, bpf_sock_addr)
WATCHING("cgroup/getpeername6", getpeername6, bpf_sock_addr)
WATCHING("cgroup/getpeername_unix", getpeername_unix, bpf_sock_addr)
WATCHING("cgroup/getsockname4", getsockname4, bpf_sock_addr)
WATCHING("cgroup/getsockname6", getsockname6, bpf_sock_addr)
WATCHING("cgroup/getsockname_unix", getsockname_unix, bpf_sock_addr)
ALLOWING("cgroup/dev", dev, bpf_cgroup_dev_ctx)
ALLOWING("cgroup/sysctl", sysctl, bpf_sysctl)
WATCHING("cgroup/getsockopt", getsockopt, bpf_sockopt)
WATCHING("cgroup/setsockopt", setsockopt, bpf_sockopt)
WATCHING("sockops", events, bpf_sock_ops)

char _license[] SEC("license") = "GPL";
