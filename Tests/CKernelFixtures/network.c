//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "kernel_fixtures.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// Older C library headers lack this constant.
enum { NEW_NETWORK_NAMESPACE = 0x40000000, SYS_close_range_ = 436 };

static int answer(long result) { return result < 0 ? -errno : (int)result; }

int kf_enter_network_namespace(void) {
  if (syscall(SYS_unshare, NEW_NETWORK_NAMESPACE) < 0) return -errno;
  int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -errno;
  struct ifreq request = {.ifr_flags = IFF_UP};
  strcpy(request.ifr_name, "lo");
  int result = answer(ioctl(socket_, SIOCSIFFLAGS, &request));
  close(socket_);
  return result;
}

int kf_open_network_namespace(void) { return answer(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)); }

int kf_join_network_namespace(int network_namespace) {
  return answer(syscall(SYS_setns, network_namespace, NEW_NETWORK_NAMESPACE));
}

int kf_attach_classic_filter(int socket_) {
  struct sock_filter pass = {.code = BPF_RET | BPF_K, .k = 0xffff};
  struct sock_fprog filter = {.len = 1, .filter = &pass};
  return answer(setsockopt(socket_, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)));
}

int kf_datagrams_to_self(int count) {
  int receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (receiver < 0) return -errno;
  int received = kf_datagrams_to(receiver, count);
  close(receiver);
  return received;
}

int kf_datagrams_to(int receiver, int count) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(name);
  if (getsockname(receiver, (struct sockaddr *)&name, &size) < 0) return -errno;
  if (name.sin_port == 0) {
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(receiver, (struct sockaddr *)&name, sizeof(name)) < 0) return -errno;
    if (getsockname(receiver, (struct sockaddr *)&name, &size) < 0) return -errno;
  }
  int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (sender < 0) return -errno;
  char datagram[64] = "datagram";
  int received = 0;
  for (int i = 0; i < count; i++) {
    // A program may reject it. Only arrivals count.
    sendto(sender, datagram, sizeof(datagram), 0, (struct sockaddr *)&name, size);
    char buffer[128];
    if (recv(receiver, buffer, sizeof(buffer), MSG_DONTWAIT) > 0) received++;
  }
  close(sender);
  return received;
}

int kf_connected_sockets(int *first, int *second) {
  int listener = kf_listening_socket();
  if (listener < 0) return listener;
  struct sockaddr_in name;
  socklen_t size = sizeof(name);
  int result = answer(getsockname(listener, (struct sockaddr *)&name, &size));
  *first = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (result >= 0) result = answer(connect(*first, (struct sockaddr *)&name, size));
  *second = result >= 0 ? answer(accept4(listener, NULL, NULL, SOCK_CLOEXEC)) : -1;
  close(listener);
  return *second < 0 ? *second : 0;
}

/// Triggers all cgroup hooks of an address family with sockets.
static void use_sockets(int family, const struct sockaddr *any, socklen_t size) {
  int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_storage name;
  socklen_t length = sizeof(name);
  bind(listener, any, size);
  listen(listener, 1);
  getsockname(listener, (struct sockaddr *)&name, &length);
  int client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  connect(client, (struct sockaddr *)&name, length);
  int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  struct sockaddr_storage other;
  socklen_t other_length = sizeof(other);
  getpeername(client, (struct sockaddr *)&other, &other_length);
  other_length = sizeof(other);
  getsockname(client, (struct sockaddr *)&other, &other_length);
  send(client, "hello", 5, MSG_NOSIGNAL);
  int value = 1;
  socklen_t value_length = sizeof(value);
  setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value));
  getsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &value, &value_length);
  close(server);
  close(client);
  close(listener);

  int receiver = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bind(receiver, any, size);
  length = sizeof(name);
  getsockname(receiver, (struct sockaddr *)&name, &length);
  int sender = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bind(sender, any, size);
  sendto(sender, "hello", 5, 0, (struct sockaddr *)&name, length);
  char buffer[16];
  other_length = sizeof(other);
  recvfrom(receiver, buffer, sizeof(buffer), MSG_DONTWAIT, (struct sockaddr *)&other, &other_length);
  close(sender);
  close(receiver);
}

static int do_what_cgroups_see(void) {
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  // In the Unix family, an address without a path makes the kernel choose one.
  struct sockaddr_un own = {.sun_family = AF_UNIX};
  use_sockets(AF_INET, (struct sockaddr *)&four, sizeof(four));
  use_sockets(AF_INET6, (struct sockaddr *)&six, sizeof(six));
  use_sockets(AF_UNIX, (struct sockaddr *)&own, sizeof(sa_family_t));
  int device = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (device < 0) return -errno;
  close(device);
  int option = open("/proc/sys/kernel/ostype", O_RDONLY | O_CLOEXEC);
  char text[16];
  int result = answer(read(option, text, sizeof(text)));
  close(option);
  return result;
}

static int run_in_cgroup(const char *directory, int (*body)(void)) {
  char path[4096];
  if ((size_t)snprintf(path, sizeof(path), "%s/cgroup.procs", directory) >= sizeof(path)) return -ENAMETOOLONG;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    // Close the descriptors of other tests, so that they are not kept open here.
    syscall(SYS_close_range_, 3, ~0U, 0);
    int processes = open(path, O_WRONLY | O_CLOEXEC);
    if (processes < 0 || write(processes, "0", 1) != 1) _exit(1);
    close(processes);
    _exit(body() < 0 ? 2 : 0);
  }
  int status;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

int kf_act_in_cgroup(const char *directory) { return run_in_cgroup(directory, do_what_cgroups_see); }
