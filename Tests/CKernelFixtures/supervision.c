//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "supervision.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct supervision {
  sem_t ready;
  int listener;
  kf_judge judge;
  long state;
};

static void answer_calls(struct supervision *supervision) {
  for (;;) {
    struct pollfd wait = {.fd = supervision->listener, .events = POLLIN};
    if (poll(&wait, 1, -1) < 0 && errno == EINTR) continue;
    // POLLHUP: the thread with the filter has ended.
    if (!(wait.revents & POLLIN)) return;
    struct seccomp_notif call;
    memset(&call, 0, sizeof call);
    if (ioctl(supervision->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
    struct seccomp_notif_resp response = {.id = call.id};
    int error = supervision->judge(&supervision->state, &call.data);
    if (error != 0) {
      response.error = -error;
    } else {
      response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    ioctl(supervision->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

static void *supervise(void *argument) {
  struct supervision *supervision = argument;
  while (sem_wait(&supervision->ready) != 0) {
  }
  if (supervision->listener >= 0) {
    answer_calls(supervision);
    close(supervision->listener);
  }
  sem_destroy(&supervision->ready);
  free(supervision);
  return NULL;
}

int kf_supervise_bpf_calls(kf_judge judge, long state) { return kf_supervise_calls(SYS_bpf, judge, state); }

int kf_supervise_calls(long number, kf_judge judge, long state) {
  return kf_supervise_any_calls(&number, 1, judge, state);
}

int kf_supervise_any_calls(const long *numbers, int count, kf_judge judge, long state) {
  enum { MAX_CALLS = 64 };
  if (count > MAX_CALLS) return -EINVAL;
  struct supervision *supervision = calloc(1, sizeof *supervision);
  if (supervision == NULL) return -ENOMEM;
  supervision->judge = judge;
  supervision->state = state;
  sem_init(&supervision->ready, 0, 0);
  // The supervisor starts before the filter is installed, so that the filter does not apply to it.
  pthread_t thread;
  int failure = pthread_create(&thread, NULL, supervise, supervision);
  if (failure != 0) {
    free(supervision);
    return -failure;
  }
  pthread_detach(thread);

  // Each supervised call jumps to the end.
  struct sock_filter instructions[MAX_CALLS + 3] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
  };
  for (int i = 0; i < count; i++)
    instructions[i + 1] = (struct sock_filter)BPF_JUMP(
        BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)numbers[i], (uint8_t)(count - i), 0);
  instructions[count + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  instructions[count + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
  struct sock_fprog filter = {.len = (unsigned short)(count + 3), .filter = instructions};
  int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
  int answer = listener < 0 ? -errno : 0;
  supervision->listener = listener;
  sem_post(&supervision->ready);
  return answer;
}
