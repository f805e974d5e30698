// Facts about the kernel: its version, options of each type, and a missing option.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool LINUX_HAS_BPF_COOKIE __kconfig;
extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern unsigned long CONFIG_HZ __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_NET __kconfig;
extern char CONFIG_BPF_JIT __kconfig;
extern const char CONFIG_DEFAULT_HOSTNAME[12] __kconfig;
extern int CONFIG_NO_KERNEL_HAS_THIS __kconfig __weak;

__u64 version, hz, flags, missing;
char host[12];

SEC("tc")
int look(struct __sk_buff *skb) {
  version = LINUX_KERNEL_VERSION;
  hz = CONFIG_HZ;
  flags = LINUX_HAS_BPF_COOKIE | LINUX_HAS_SYSCALL_WRAPPER << 1 | CONFIG_BPF_SYSCALL << 2;
  flags |= (CONFIG_NET == TRI_YES) << 3 | (CONFIG_BPF_JIT == 'y') << 4;
  missing = CONFIG_NO_KERNEL_HAS_THIS;
  for (int i = 0; i < 12; i++) host[i] = CONFIG_DEFAULT_HOSTNAME[i];
  if (LINUX_KERNEL_VERSION < KERNEL_VERSION(4, 0, 0)) return bpf_get_netns_cookie(skb);
  return 0;
}

char _license[] SEC("license") = "GPL";
