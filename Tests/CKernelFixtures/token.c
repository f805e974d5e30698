//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE

#include "bpf_syscall.h"
#include "kernel_fixtures.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { CMD_TOKEN_CREATE = 36 };

struct token_create {
  uint32_t flags;
  uint32_t bpffs_fd;
};

// A token requires a BPF file system of a user namespace that root has configured from outside. So two processes
// create it together: the inner one opens, mounts and creates the token, and the outer one sets the delegations.

/// Copies a descriptor of the inner process, by its number there.
static int fetch(int process, int number) {
  long result = syscall(SYS_pidfd_getfd, process, number, 0);
  return result < 0 ? -errno : (int)result;
}

/// Sends a number to the other process, or waits for one.
static int tell(int channel, int number) { return write(channel, &number, sizeof number) == sizeof number; }
static int hear(int channel) {
  int number;
  return read(channel, &number, sizeof number) == sizeof number ? number : -EPIPE;
}

/// Opens and mounts a BPF file system in a new user and mount namespace. Returns a descriptor of the mount.
static int mount_delegation(int channel) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) return -errno;
  int context = (int)syscall(SYS_fsopen, "bpf", 0);
  if (context < 0) return -errno;
  if (!tell(channel, context)) return -EPIPE;
  int configured = hear(channel);
  if (configured < 0) return configured;
  int mount = (int)syscall(SYS_fsmount, context, 0, 0);
  return mount < 0 ? -errno : mount;
}

static int make_token(int channel) {
  int mount = mount_delegation(channel);
  if (mount < 0) return mount;
  int root = openat(mount, ".", O_RDONLY | O_DIRECTORY);
  if (root < 0) return -errno;
  struct token_create arguments = {.bpffs_fd = (uint32_t)root};
  return bpf_call(CMD_TOKEN_CREATE, arguments);
}

static int configure(
    int process, int context, const char *commands, const char *maps, const char *programs, const char *attachments) {
  const char *const options[][2] = {
      {"delegate_cmds", commands},
      {"delegate_maps", maps},
      {"delegate_progs", programs},
      {"delegate_attachs", attachments},
  };
  int file_system = fetch(process, context);
  if (file_system < 0) return file_system;
  int result = 0;
  for (int index = 0; index < 4 && result == 0; index++) {
    if (options[index][1] == NULL) continue;
    if (syscall(SYS_fsconfig, file_system, FSCONFIG_SET_STRING, options[index][0], options[index][1], 0) < 0)
      result = -errno;
  }
  if (result == 0 && syscall(SYS_fsconfig, file_system, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) result = -errno;
  close(file_system);
  return result;
}

int kf_token(const char *commands, const char *maps, const char *programs) {
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0) return -errno;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    close(channel[0]);
    tell(channel[1], make_token(channel[1]));
    hear(channel[1]);  // until the token has been copied
    _exit(0);
  }
  close(channel[1]);
  int process = kf_pidfd_open(child);
  int token = hear(channel[0]);
  if (token >= 0 && process >= 0) {
    tell(channel[0], configure(process, token, commands, maps, programs, programs));
    token = hear(channel[0]);
    if (token >= 0) token = fetch(process, token);
  }
  close(channel[0]);
  close(process);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
  return token;
}

/// Makes the namespace's root the user of the process.
static int map_root(pid_t process) {
  static const char *const files[] = {"setgroups", "uid_map", "gid_map"};
  static const char *const texts[] = {"deny", "0 0 1", "0 0 1"};
  for (int index = 0; index < 3; index++) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", process, files[index]);
    int file = open(path, O_WRONLY);
    if (file < 0) return -errno;
    ssize_t written = write(file, texts[index], strlen(texts[index]));
    int result = written < 0 ? -errno : 0;
    close(file);
    if (result < 0) return result;
  }
  return 0;
}

int kf_delegation(
    const char *directory, const char *commands, const char *maps, const char *programs, const char *attachments) {
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0) return -errno;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    close(channel[0]);
    int result = mount_delegation(channel[1]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // after unshare(2), which resets it
    if (result >= 0 && syscall(SYS_move_mount, result, "", AT_FDCWD, directory, MOVE_MOUNT_F_EMPTY_PATH) < 0)
      result = -errno;
    tell(channel[1], result);
    for (;;) pause();
  }
  close(channel[1]);
  int process = kf_pidfd_open(child);
  int result = hear(channel[0]);
  if (result >= 0) {
    int configured = configure(process, result, commands, maps, programs, attachments);
    if (configured == 0) configured = map_root(child);
    tell(channel[0], configured);
    result = hear(channel[0]);
  }
  close(channel[0]);
  close(process);
  if (result >= 0) return child;
  kf_child_end(child);
  return result;
}
