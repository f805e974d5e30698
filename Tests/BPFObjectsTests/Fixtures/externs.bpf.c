// Externs that the kernel defines: configuration options, symbols, variables, kfuncs.
typedef _Bool bool;
typedef unsigned int __u32;
typedef unsigned long long __u64;

#define SEC(name) __attribute__((section(name), used))
#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define __weak __attribute__((weak))

enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };

extern __u32 LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF __kconfig;
extern enum libbpf_tristate CONFIG_IPV6 __kconfig;
extern __u64 CONFIG_HZ __kconfig __weak;
extern char CONFIG_DEFAULT_HOSTNAME[20] __kconfig;

extern const void bpf_prog_active __ksym;
extern const int bpf_missing __ksym __weak;
extern const struct rq runqueues __ksym;

struct task_struct;
struct task_struct *bpf_task_from_pid___newer(int pid) __ksym;
void bpf_no_such_function(struct task_struct *task) __ksym __weak;

__u64 sum;

SEC("syscall") int ask(void *context) {
  sum = LINUX_KERNEL_VERSION + CONFIG_BPF + CONFIG_IPV6 + CONFIG_HZ + CONFIG_DEFAULT_HOSTNAME[3];
  sum += (__u64)&bpf_prog_active + (__u64)&runqueues;
  if (&bpf_missing)
    sum += bpf_missing;
  struct task_struct *task = bpf_task_from_pid___newer(1);
  if (task && bpf_no_such_function)
    bpf_no_such_function(task);
  return 0;
}

char _license[] SEC("license") = "GPL";
