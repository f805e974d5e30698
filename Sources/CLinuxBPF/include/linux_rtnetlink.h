//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The kernel interface of rtnetlink(7) for attaching programs to network interfaces: XDP without links, and
/// classifiers. It includes no kernel header, like linux_bpf.h. All fields are in native byte order.

#ifndef LINUX_RTNETLINK_H
#define LINUX_RTNETLINK_H

#include <stdint.h>

enum {
  LINUX_AF_NETLINK = 16,
  LINUX_SOCK_RAW = 3,                              // an enumeration in some C libraries, a macro in others
  LINUX_SOL_NETLINK = 270,
  LINUX_NETLINK_CAP_ACK = 10,                      // responses without a copy of the request
  LINUX_NETLINK_EXT_ACK = 11,                      // responses with an explanation
};

/// Message types.
enum {
  LINUX_NLMSG_ERROR = 2,
  LINUX_RTM_NEWLINK = 16,
  LINUX_RTM_GETLINK = 18,
  LINUX_RTM_SETLINK = 19,
  LINUX_RTM_NEWQDISC = 36,
  LINUX_RTM_DELQDISC = 37,
  LINUX_RTM_NEWTFILTER = 44,
  LINUX_RTM_DELTFILTER = 45,
  LINUX_RTM_GETTFILTER = 46,
};

/// Message flags.
enum {
  LINUX_NLM_F_REQUEST = 0x1,
  LINUX_NLM_F_ACK = 0x4,
  LINUX_NLM_F_ECHO = 0x8,
  LINUX_NLM_F_REPLACE = 0x100,
  LINUX_NLM_F_EXCL = 0x200,
  LINUX_NLM_F_CREATE = 0x400,
  LINUX_NLM_F_ACK_TLVS = 0x200,                    // of a response: it has an explanation
};

/// Attributes.
enum {
  LINUX_NLA_F_NESTED = 0x8000,
  LINUX_NLA_TYPE_MASK = 0x3fff,
  LINUX_NLMSGERR_ATTR_MSG = 1,
  LINUX_IFLA_XDP = 43,
  LINUX_IFLA_XDP_FD = 1,
  LINUX_IFLA_XDP_ATTACHED = 2,
  LINUX_IFLA_XDP_FLAGS = 3,
  LINUX_IFLA_XDP_PROG_ID = 4,
  LINUX_IFLA_XDP_DRV_PROG_ID = 5,
  LINUX_IFLA_XDP_SKB_PROG_ID = 6,
  LINUX_IFLA_XDP_HW_PROG_ID = 7,
  LINUX_IFLA_XDP_EXPECTED_FD = 8,
  LINUX_TCA_KIND = 1,
  LINUX_TCA_OPTIONS = 2,
  LINUX_TCA_BPF_FD = 6,
  LINUX_TCA_BPF_NAME = 7,
  LINUX_TCA_BPF_FLAGS = 8,
  LINUX_TCA_BPF_ID = 11,                           // Linux 4.13
  LINUX_TCA_BPF_FLAG_ACT_DIRECT = 1,
};

/// XDP flags of IFLA_XDP_FLAGS and BPF_LINK_CREATE.
enum {
  LINUX_XDP_FLAGS_UPDATE_IF_NOEXIST = 1 << 0,
  LINUX_XDP_FLAGS_SKB_MODE = 1 << 1,
  LINUX_XDP_FLAGS_DRV_MODE = 1 << 2,
  LINUX_XDP_FLAGS_HW_MODE = 1 << 3,
  LINUX_XDP_FLAGS_REPLACE = 1 << 4,
};

/// The attach mode of an interface's only XDP program, from IFLA_XDP_ATTACHED.
enum {
  LINUX_XDP_ATTACHED_DRV = 1,
  LINUX_XDP_ATTACHED_SKB = 2,
  LINUX_XDP_ATTACHED_HW = 3,
};

/// The parents of classifiers in `struct tcmsg`.
#define LINUX_TC_H_CLSACT 0xfffffff1u
#define LINUX_TC_H_INGRESS 0xfffffff2u
#define LINUX_TC_H_EGRESS 0xfffffff3u

struct linux_nlmsghdr {
  uint32_t length;
  uint16_t type;
  uint16_t flags;
  uint32_t sequence;
  uint32_t port;
};

struct linux_ifinfomsg {
  uint8_t family;
  uint8_t reserved;
  uint16_t type;
  int32_t index;
  uint32_t flags;
  uint32_t change;
};

struct linux_tcmsg {
  uint8_t family;
  uint8_t reserved[3];
  int32_t index;
  uint32_t handle;
  uint32_t parent;
  uint32_t info;                                   // the priority in the upper 16 bits, the protocol in the lower
};

#endif
