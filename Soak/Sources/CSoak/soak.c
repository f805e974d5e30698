#define _GNU_SOURCE
#include "soak.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bring_loopback_up(void) {
  int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return -errno;
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK};
  int result = ioctl(any, SIOCSIFFLAGS, &request) ? -errno : 0;
  close(any);
  return result;
}

int soak_isolate(const char *directory) {
  if (unshare(CLONE_NEWNET | CLONE_NEWNS)) return -errno;
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) return -errno;
  if (mount("bpf", directory, "bpf", 0, NULL)) return -errno;
  return bring_loopback_up();
}

void soak_run_on(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  sched_setaffinity(0, sizeof(cpus), &cpus);
}

int soak_socket_open(void) {
  int result = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof(address);
  if (result < 0) return -errno;
  if (bind(result, (struct sockaddr *)&address, length) || getsockname(result, (struct sockaddr *)&address, &length) ||
      connect(result, (struct sockaddr *)&address, length)) {
    int error = errno;
    close(result);
    return -error;
  }
  return result;
}

void soak_socket_send(int socket) {
  char byte = 0;
  // Nothing reads the socket, so once its buffer is full packets are dropped, after the programs have seen them.
  send(socket, &byte, 1, MSG_DONTWAIT);
}

void soak_call(void) { syscall(SYS_getppid); }

__attribute__((noinline)) int soak_probe(int number) {
  __asm__ volatile("");
  return number + 1;
}
