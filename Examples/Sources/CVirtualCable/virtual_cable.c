#define _GNU_SOURCE
#include "virtual_cable.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char there[] = "there";

/// An rtnetlink(7) message under construction.
struct request {
  struct nlmsghdr head;
  struct ifinfomsg interface;
  char attributes[256];
};

/// Begins an attribute at the end of a request, which may contain others.
static struct rtattr *begin(struct request *request, int type, const void *value, size_t size) {
  struct rtattr *attribute = (void *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));
  attribute->rta_type = type;
  if (size > 0) memcpy(RTA_DATA(attribute), value, size);
  request->head.nlmsg_len = (char *)RTA_DATA(attribute) + size - (char *)request;
  return attribute;
}

/// Ends an attribute at the end of the request.
static void end(struct request *request, struct rtattr *attribute) {
  attribute->rta_len = (char *)request + request->head.nlmsg_len - (char *)attribute;
}

static void append(struct request *request, int type, const void *value, size_t size) {
  end(request, begin(request, type, value, size));
}

/// Creates a veth pair whose peer is in another namespace.
static int make_pair(const char *name, const char *peer_name, int peer_namespace) {
  struct request request = {
    .head = {
      .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
      .nlmsg_type = RTM_NEWLINK,
      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
    },
  };
  struct ifinfomsg peer_interface = {0};
  append(&request, IFLA_IFNAME, name, strlen(name) + 1);
  struct rtattr *link = begin(&request, IFLA_LINKINFO, NULL, 0);
  append(&request, IFLA_INFO_KIND, "veth", strlen("veth"));
  struct rtattr *data = begin(&request, IFLA_INFO_DATA, NULL, 0);
  struct rtattr *peer = begin(&request, VETH_INFO_PEER, &peer_interface, sizeof(peer_interface));
  append(&request, IFLA_IFNAME, peer_name, strlen(peer_name) + 1);
  append(&request, IFLA_NET_NS_FD, &peer_namespace, sizeof(peer_namespace));
  end(&request, peer);
  end(&request, data);
  end(&request, link);

  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) return -errno;
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    char rest[sizeof(request)];
  } answer = {0};
  int result = send(netlink, &request, request.head.nlmsg_len, 0) < 0 ||
      recv(netlink, &answer, sizeof(answer), 0) < 0 ? -errno : answer.error.error;
  close(netlink);
  return result;
}

/// Brings up an interface in the namespace of a socket.
static int bring_up(int socket, const char *name) {
  struct ifreq request = {.ifr_flags = IFF_UP};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return ioctl(socket, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/// Binds a packet socket to an interface.
static int bind_to_interface(int socket, const char *name) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(socket, SIOCGIFINDEX, &request) < 0) return -errno;
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = request.ifr_ifindex};
  return bind(socket, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

/// Moves the thread into a new network namespace, with IPv6 disabled on new interfaces.
static int enter_namespace_without_ipv6(void) {
  if (unshare(CLONE_NEWNET) < 0) return -errno;
  int option = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);
  // A kernel without IPv6 has no such file.
  if (option < 0) return errno == ENOENT ? 0 : -errno;
  int result = write(option, "1", 1) < 0 ? -errno : 0;
  close(option);
  return result;
}

int lay_virtual_cable(const char *here) {
  int result = enter_namespace_without_ipv6();
  if (result < 0) return result;
  // A socket stays in the namespace where it was opened, so the thread need not return. The socket receives nothing.
  int far = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  int far_namespace = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  int near = unshare(CLONE_NEWNET) < 0 ? -1 : socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  result = far < 0 || far_namespace < 0 || near < 0 ? -errno : make_pair(here, there, far_namespace);
  // The sending end is brought up last, since it is ready once both are up.
  if (result == 0) result = bring_up(near, here);
  if (result == 0) result = bring_up(far, there);
  if (result == 0) result = bind_to_interface(far, there);
  close(near);
  close(far_namespace);
  if (result < 0) close(far);
  return result < 0 ? result : far;
}
