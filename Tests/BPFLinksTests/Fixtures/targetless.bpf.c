// Programs whose sections do not specify a target.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

#define PROGRAM(section, name) \
  SEC(section) int name(void *ctx) { return 1; }

PROGRAM("tp", on_tp)
PROGRAM("raw_tp", on_raw_tp)
PROGRAM("perf_event", on_perf_event)
PROGRAM("kprobe", on_kprobe)
PROGRAM("kretsyscall", on_kretsyscall)
PROGRAM("kprobe.multi", on_kprobe_multi)
PROGRAM("uprobe", on_uprobe)
PROGRAM("uprobe.s", on_uprobe_s)
PROGRAM("uprobe.session", on_uprobe_session)
PROGRAM("usdt", on_usdt)
PROGRAM("tc", on_tc)
PROGRAM("netkit/peer", on_netkit_peer)
PROGRAM("xdp", on_xdp)
PROGRAM("xdp/devmap", on_xdp_devmap)
PROGRAM("xdp/cpumap", on_xdp_cpumap)
PROGRAM("netfilter", on_netfilter)
PROGRAM("flow_dissector", on_flow_dissector)
PROGRAM("sk_lookup", on_sk_lookup)
PROGRAM("cgroup/skb", on_cgroup_skb)
PROGRAM("sockops", on_sockops)
PROGRAM("socket", on_socket_filter)
PROGRAM("sk_reuseport", on_sk_reuseport)
PROGRAM("sk_msg", on_sk_msg)
PROGRAM("action", on_action)
PROGRAM("lwt_in", on_lwt_in)
PROGRAM("syscall", on_system_call)

char _license[] SEC("license") = "GPL";
