//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Contexts and return values of network programs, and structures that their helpers fill in.
//
// Include <bpf/bpf_types.h>, which includes this.

#ifndef __BPF_CONTEXTS_H__
#define __BPF_CONTEXTS_H__

/// A pointer that takes 64 bits, also in programs for a 32-bit kernel.
#define __bpf_pointer(type, name) \
  union { \
    type name; \
    __u64 : 64; \
  } __attribute__((aligned(8)))

struct bpf_flow_keys;
struct bpf_sock;

// MARK: - XDP

enum xdp_action {
  XDP_ABORTED = 0, XDP_DROP = 1, XDP_PASS = 2, XDP_TX = 3, XDP_REDIRECT = 4,
};

struct xdp_md {
  __u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

// MARK: - Packets

enum tcx_action_base {
  TCX_NEXT = -1, TCX_PASS = 0, TCX_DROP = 2, TCX_REDIRECT = 7,
};

enum bpf_ret_code {
  BPF_OK = 0, BPF_DROP = 2, BPF_REDIRECT = 7, BPF_LWT_REROUTE = 128, BPF_FLOW_DISSECTOR_CONTINUE = 129,
};

struct __sk_buff {
  __u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority;
  __u32 ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, data, data_end, napi_id, family;
  __u32 remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, data_meta;
  __bpf_pointer(struct bpf_flow_keys *, flow_keys);
  __u64 tstamp;
  __u32 wire_len, gso_segs;
  __bpf_pointer(struct bpf_sock *, sk);
  __u32 gso_size;
  __u8 tstamp_type;
  __u64 hwtstamp;
};

struct bpf_tunnel_key {
  __u32 tunnel_id;
  union {
    __u32 remote_ipv4, remote_ipv6[4];
  };
  __u8 tunnel_tos, tunnel_ttl;
  union {
    __u16 tunnel_ext;
    __be16 tunnel_flags;
  };
  __u32 tunnel_label;
  union {
    __u32 local_ipv4, local_ipv6[4];
  };
};

struct bpf_xfrm_state {
  __u32 reqid, spi;
  __u16 family, ext;
  union {
    __u32 remote_ipv4, remote_ipv6[4];
  };
};

struct bpf_fib_lookup {
  __u8 family, l4_protocol;
  __be16 sport, dport;
  union {
    __u16 tot_len, mtu_result;
  };
  __u32 ifindex;
  union {
    __u8 tos;
    __be32 flowinfo;
    __u32 rt_metric;
  };
  union {
    __be32 ipv4_src;
    __u32 ipv6_src[4];
  };
  union {
    __be32 ipv4_dst;
    __u32 ipv6_dst[4];
  };
  union {
    struct {
      __be16 h_vlan_proto, h_vlan_TCI;
    };
    __u32 tbid;
  };
  union {
    struct {
      __u32 mark;
    };
    struct {
      __u8 smac[6], dmac[6];
    };
  };
};

struct bpf_redir_neigh {
  __u32 nh_family;
  union {
    __be32 ipv4_nh;
    __u32 ipv6_nh[4];
  };
};

struct bpf_flow_keys {
  __u16 nhoff, thoff, addr_proto;
  __u8 is_frag, is_first_frag, is_encap, ip_proto;
  __be16 n_proto, sport, dport;
  union {
    struct {
      __be32 ipv4_src, ipv4_dst;
    };
    struct {
      __u32 ipv6_src[4], ipv6_dst[4];
    };
  };
  __u32 flags;
  __be32 flow_label;
};

// MARK: - Sockets

enum sk_action {
  SK_DROP = 0, SK_PASS = 1,
};

struct bpf_sock {
  __u32 bound_dev_if, family, type, protocol, mark, priority, src_ip4, src_ip6[4], src_port;
  __be16 dst_port;
  __u32 dst_ip4, dst_ip6[4], state;
  __s32 rx_queue_mapping;
};

struct bpf_tcp_sock {
  __u32 snd_cwnd, srtt_us, rtt_min, snd_ssthresh, rcv_nxt, snd_nxt, snd_una, mss_cache, ecn_flags;
  __u32 rate_delivered, rate_interval_us, packets_out, retrans_out, total_retrans, segs_in, data_segs_in;
  __u32 segs_out, data_segs_out, lost_out, sacked_out;
  __u64 bytes_received, bytes_acked;
  __u32 dsack_dups, delivered, delivered_ce, icsk_retransmits;
};

struct bpf_sock_tuple {
  union {
    struct {
      __be32 saddr, daddr;
      __be16 sport, dport;
    } ipv4;
    struct {
      __be32 saddr[4], daddr[4];
      __be16 sport, dport;
    } ipv6;
  };
};

struct bpf_sock_addr {
  __u32 user_family, user_ip4, user_ip6[4], user_port, family, type, protocol, msg_src_ip4, msg_src_ip6[4];
  __bpf_pointer(struct bpf_sock *, sk);
};

struct bpf_sk_lookup {
  union {
    __bpf_pointer(struct bpf_sock *, sk);
    __u64 cookie;
  };
  __u32 family, protocol, remote_ip4, remote_ip6[4];
  __be16 remote_port;
  __u32 local_ip4, local_ip6[4], local_port, ingress_ifindex;
};

struct sk_msg_md {
  __bpf_pointer(void *, data);
  __bpf_pointer(void *, data_end);
  __u32 family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, size;
  __bpf_pointer(struct bpf_sock *, sk);
};

struct sk_reuseport_md {
  __bpf_pointer(void *, data);
  __bpf_pointer(void *, data_end);
  __u32 len, eth_protocol, ip_protocol, bind_inany, hash;
  __bpf_pointer(struct bpf_sock *, sk);
  __bpf_pointer(struct bpf_sock *, migrating_sk);
};

struct bpf_sockopt {
  __bpf_pointer(struct bpf_sock *, sk);
  __bpf_pointer(void *, optval);
  __bpf_pointer(void *, optval_end);
  __s32 level, optname, optlen, retval;
};

struct bpf_sock_ops {
  __u32 op;
  union {
    __u32 args[4], reply, replylong[4];
  };
  __u32 family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, is_fullsock;
  __u32 snd_cwnd, srtt_us, bpf_sock_ops_cb_flags, state, rtt_min, snd_ssthresh, rcv_nxt, snd_nxt, snd_una;
  __u32 mss_cache, ecn_flags, rate_delivered, rate_interval_us, packets_out, retrans_out, total_retrans;
  __u32 segs_in, data_segs_in, segs_out, data_segs_out, lost_out, sacked_out, sk_txhash;
  __u64 bytes_received, bytes_acked;
  __bpf_pointer(struct bpf_sock *, sk);
  __bpf_pointer(void *, skb_data);
  __bpf_pointer(void *, skb_data_end);
  __u32 skb_len, skb_tcp_flags;
  __u64 skb_hwtstamp;
};

/// Values of bpf_sock_ops.op: the event that the program is called for.
enum {
  BPF_SOCK_OPS_VOID = 0, BPF_SOCK_OPS_TIMEOUT_INIT = 1, BPF_SOCK_OPS_RWND_INIT = 2,
  BPF_SOCK_OPS_TCP_CONNECT_CB = 3, BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB = 4,
  BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB = 5, BPF_SOCK_OPS_NEEDS_ECN = 6, BPF_SOCK_OPS_BASE_RTT = 7,
  BPF_SOCK_OPS_RTO_CB = 8, BPF_SOCK_OPS_RETRANS_CB = 9, BPF_SOCK_OPS_STATE_CB = 10,
  BPF_SOCK_OPS_TCP_LISTEN_CB = 11, BPF_SOCK_OPS_RTT_CB = 12, BPF_SOCK_OPS_PARSE_HDR_OPT_CB = 13,
  BPF_SOCK_OPS_HDR_OPT_LEN_CB = 14, BPF_SOCK_OPS_WRITE_HDR_OPT_CB = 15, BPF_SOCK_OPS_TSTAMP_SCHED_CB = 16,
  BPF_SOCK_OPS_TSTAMP_SND_SW_CB = 17, BPF_SOCK_OPS_TSTAMP_SND_HW_CB = 18, BPF_SOCK_OPS_TSTAMP_ACK_CB = 19,
  BPF_SOCK_OPS_TSTAMP_SENDMSG_CB = 20,
};

/// Flags of bpf_sock_ops_cb_flags_set: the events that the program is called for.
enum {
  BPF_SOCK_OPS_RTO_CB_FLAG = 1, BPF_SOCK_OPS_RETRANS_CB_FLAG = 2, BPF_SOCK_OPS_STATE_CB_FLAG = 4,
  BPF_SOCK_OPS_RTT_CB_FLAG = 8, BPF_SOCK_OPS_PARSE_ALL_HDR_OPT_CB_FLAG = 16,
  BPF_SOCK_OPS_PARSE_UNKNOWN_HDR_OPT_CB_FLAG = 32, BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG = 64,
  BPF_SOCK_OPS_ALL_CB_FLAGS = 127,
};

/// Values of bpf_sock_ops.state.
enum {
  BPF_TCP_ESTABLISHED = 1, BPF_TCP_SYN_SENT = 2, BPF_TCP_SYN_RECV = 3, BPF_TCP_FIN_WAIT1 = 4,
  BPF_TCP_FIN_WAIT2 = 5, BPF_TCP_TIME_WAIT = 6, BPF_TCP_CLOSE = 7, BPF_TCP_CLOSE_WAIT = 8,
  BPF_TCP_LAST_ACK = 9, BPF_TCP_LISTEN = 10, BPF_TCP_CLOSING = 11, BPF_TCP_NEW_SYN_RECV = 12,
  BPF_TCP_BOUND_INACTIVE = 13, BPF_TCP_MAX_STATES = 14,
};

// MARK: - Other contexts and structures

struct bpf_cgroup_dev_ctx {
  __u32 access_type, major, minor;
};

struct bpf_sysctl {
  __u32 write, file_pos;
};

struct bpf_raw_tracepoint_args {
  __u64 args[0];
};

struct bpf_perf_event_value {
  __u64 counter, enabled, running;
};

struct bpf_pidns_info {
  __u32 pid, tgid;
};

struct btf_ptr {
  void *ptr;
  __u32 type_id, flags;
};

#endif
