#define _GNU_SOURCE
#include "kernel_fixtures.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// An Ethernet type for local experiments, which nothing else sends.
enum { EXPERIMENTAL = 0x88b5 };

static int answer(long result) { return result < 0 ? -errno : (int)result; }

struct request {
  struct nlmsghdr head;
  char body[512];
};

static void *room(struct request *request, size_t size) {
  void *start = (char *)request + NLMSG_ALIGN(request->head.nlmsg_len);
  request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) + size;
  return start;
}

static struct rtattr *begin(struct request *request, int type) {
  struct rtattr *attribute = room(request, RTA_LENGTH(0));
  attribute->rta_type = type;
  return attribute;
}

static void end(struct request *request, struct rtattr *attribute) {
  attribute->rta_len = (char *)&request->head + request->head.nlmsg_len - (char *)attribute;
}

static void add_text(struct request *request, int type, const char *text) {
  struct rtattr *attribute = begin(request, type);
  memcpy(room(request, strlen(text) + 1), text, strlen(text) + 1);
  end(request, attribute);
}

static int ask(struct request *request) {
  int socket_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (socket_ < 0) return -errno;
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    char rest[1024];
  } reply;
  int result = answer(send(socket_, request, request->head.nlmsg_len, 0));
  if (result >= 0) result = answer(recv(socket_, &reply, sizeof(reply), 0));
  close(socket_);
  return result < 0 ? result : reply.error.error;
}

static int turn_on(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_UP};
  strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
  int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -errno;
  int result = answer(ioctl(socket_, SIOCSIFFLAGS, &request));
  close(socket_);
  return result;
}

int kf_interface_pair(const char *kind, const char *first, const char *second) {
  struct request request = {.head = {
                                .nlmsg_len = NLMSG_LENGTH(0),
                                .nlmsg_type = RTM_NEWLINK,
                                .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
                            }};
  room(&request, sizeof(struct ifinfomsg));
  add_text(&request, IFLA_IFNAME, first);
  struct rtattr *info = begin(&request, IFLA_LINKINFO);
  add_text(&request, IFLA_INFO_KIND, kind);
  struct rtattr *data = begin(&request, IFLA_INFO_DATA);
  // IFLA_NETKIT_PEER_INFO has the same number as VETH_INFO_PEER.
  struct rtattr *peer = begin(&request, VETH_INFO_PEER);
  room(&request, sizeof(struct ifinfomsg));
  add_text(&request, IFLA_IFNAME, second);
  end(&request, peer);
  end(&request, data);
  end(&request, info);
  int result = ask(&request);
  if (result == 0) result = turn_on(first);
  return result == 0 ? turn_on(second) : result;
}

int kf_frame_socket(int interface) {
  int socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(EXPERIMENTAL));
  if (socket_ < 0) return -errno;
  struct sockaddr_ll place = {
      .sll_family = AF_PACKET, .sll_protocol = htons(EXPERIMENTAL), .sll_ifindex = interface};
  int result = answer(bind(socket_, (struct sockaddr *)&place, sizeof(place)));
  if (result == 0) return socket_;
  close(socket_);
  return result;
}

int kf_send_frames(int socket_, int count) {
  struct {
    struct ethhdr head;
    char text[46];
  } frame = {.head = {.h_proto = htons(EXPERIMENTAL)}};
  memset(frame.head.h_dest, 0xff, sizeof(frame.head.h_dest));
  int sent = 0;
  for (int i = 0; i < count; i++) sent += send(socket_, &frame, sizeof(frame), 0) == sizeof(frame);
  return sent;
}

int kf_receive_frames(int socket_) {
  char frame[2048];
  int received = 0;
  while (recv(socket_, frame, sizeof(frame), MSG_DONTWAIT) > 0) received++;
  return received;
}
