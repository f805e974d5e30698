// Compiled with the options in compile_flags.txt.
#include <bpf/bpf_types.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 level = __BPF_CPU_VERSION__;
const volatile __u32 answer = ANSWER;

char _license[] SEC("license") = "GPL";
