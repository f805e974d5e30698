//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "kernel_fixtures.h"

#include <errno.h>
#include <signal.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Older C library headers lack these constants.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
enum { FAMILY_XDP = 44, LEVEL_XDP = 283, OPTION_RX_RING = 2, OPTION_COOKIE = 57 };

static int answer(long result) { return result < 0 ? -errno : (int)result; }

int kf_pidfd_open(int process) { return answer(syscall(SYS_pidfd_open, process, 0)); }

int kf_perf_event_open(int cpu) {
  struct perf_event_attr attributes = {
      .type = PERF_TYPE_SOFTWARE,
      .size = PERF_ATTR_SIZE_VER0,
      .config = 10,  // PERF_COUNT_SW_BPF_OUTPUT
      .sample_type = PERF_SAMPLE_RAW,
  };
  return answer(syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC));
}

int kf_xdp_socket(void) {
  int descriptor = socket(FAMILY_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), length = 64;
  if (descriptor < 0) return -errno;
  // Since Linux 7.3, AF_XDP maps accept only sockets with an RX ring.
  if (setsockopt(descriptor, LEVEL_XDP, OPTION_RX_RING, &length, sizeof(length)) == 0) return descriptor;
  int failure = -errno;
  close(descriptor);
  return failure;
}

/// Binds `descriptor` to a loopback port chosen by the kernel. Closes it on failure.
static int bound_to_loopback(int descriptor) {
  if (descriptor < 0) return -errno;
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  if (bind(descriptor, (struct sockaddr *)&name, sizeof(name)) == 0) return descriptor;
  int failure = -errno;
  close(descriptor);
  return failure;
}

int kf_reuseport_socket(void) {
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int yes = 1;
  if (descriptor >= 0) setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
  return bound_to_loopback(descriptor);
}

int kf_listening_socket(void) {
  int descriptor = bound_to_loopback(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (descriptor < 0 || listen(descriptor, 1) == 0) return descriptor;
  int failure = -errno;
  close(descriptor);
  return failure;
}

int kf_stream_socket_pair(int sockets[2]) { return answer(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets)); }

int kf_socket_cookie(int socket, uint64_t *cookie) {
  socklen_t size = sizeof(*cookie);
  return answer(getsockopt(socket, SOL_SOCKET, OPTION_COOKIE, cookie, &size));
}

int kf_child_start(void) {
  pid_t process = fork();
  if (process != 0) return answer(process);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) pause();
}

int kf_child_end(int process) {
  kill(process, SIGKILL);
  pid_t ended;
  do {
    ended = waitpid(process, NULL, 0);
  } while (ended < 0 && errno == EINTR);
  return answer(ended);
}
