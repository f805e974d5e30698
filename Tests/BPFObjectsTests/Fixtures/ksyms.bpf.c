// Kernel symbols: a function's address, and weak symbols that are missing.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

// By name, from /proc/kallsyms.
extern const void schedule __ksym;
extern const void no_such_symbol __ksym __weak;

// By name and type, from the kernel's BTF.
extern const int no_such_variable __ksym __weak;
extern void no_such_kfunc(void *anything) __ksym __weak;

__u64 schedule_address, absent_address = 1;
int variable = -1, found_variable = -1, found_kfunc = -1;

SEC("raw_tp/sys_enter")
int look(void *ctx) {
  schedule_address = (__u64)&schedule;
  absent_address = (__u64)&no_such_symbol;
  found_variable = &no_such_variable != NULL;
  if (&no_such_variable) variable = *(const int *)bpf_this_cpu_ptr(&no_such_variable);
  found_kfunc = bpf_ksym_exists(no_such_kfunc);
  if (bpf_ksym_exists(no_such_kfunc)) no_such_kfunc(ctx);
  return 0;
}

char _license[] SEC("license") = "GPL";
