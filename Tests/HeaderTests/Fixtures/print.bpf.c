// Printing with 0, 3, 4 and 12 arguments of all types.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int lines(struct __sk_buff *skb) {
  char text[64];
  const char *name = "lo";
  short narrow = -1;
  unsigned long long wide = ~0ULL;
  bool flag = skb->len > 3;

  bpf_printk("nothing");
  bpf_printk("%d %s %p", skb->len, name, skb);
  bpf_printk("%d %d %llu %d", skb->len, narrow, wide, flag);
  bpf_printk("%d %d %d %d %d %d %d %d %d %d %d %s", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, name);
  long length = BPF_SNPRINTF(text, sizeof(text), "%d %x %s", narrow, skb->len, name);
  length += BPF_SNPRINTF(text, sizeof(text), "nothing");
  if (length > 0) bpf_printk("%s: %d", text, ({
                               bpf_printk("within");
                               1;
                             }));
  return length;
}

SEC("?tc")
int streams(struct __sk_buff *skb) {
  bpf_stream_printk(BPF_STDOUT, "%d bytes of %s\n", skb->len, "this");
  return bpf_stream_printk(BPF_STDERR, "nothing\n");
}

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx) {
  struct task_struct *task = ctx->task;
  if (!task) return 0;
  if (ctx->meta->seq_num == 0) BPF_SEQ_PRINTF(ctx->meta->seq, "tasks\n");
  BPF_SEQ_PRINTF(ctx->meta->seq, "%d %s %d\n", task->pid, task->comm, BPF_CORE_READ(task, real_parent, pid));
  return 0;
}

char _license[] SEC("license") = "GPL";
