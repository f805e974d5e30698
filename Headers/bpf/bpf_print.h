//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Formatted printing. Arguments are numbers and pointers, at most twelve. Formats are a subset of the kernel's printk
// formats, including %s for strings in kernel memory.
//
// Include <bpf/bpf_helpers.h>, which includes this.

#ifndef __BPF_PRINT_H__
#define __BPF_PRINT_H__

/// Evaluates `call` with the format in the array ___fmt and the arguments in the array ___values, ___size bytes.
#define __bpf_with_format(call, fmt, ...) \
  ({ \
    static const char ___fmt[] = fmt; \
    enum { ___count = ___bpf_narg(__VA_ARGS__), ___size = ___count * 8 }; \
    unsigned long long ___values[___count ? ___count : 1]; \
    __bpf_each(__bpf_set_value, ___values __VA_OPT__(, ) __VA_ARGS__) call; \
  })
#define __bpf_set_value(i, values, x) values[i - 1] = (unsigned long long)(x);

/// Writes a line to /sys/kernel/tracing/trace_pipe, for debugging. More than three arguments require Linux 5.16. A
/// format in global data requires Linux 5.2: for older kernels, define BPF_NO_GLOBAL_DATA to put it on the stack.
#define bpf_printk(fmt, ...) \
  ___bpf_apply(__bpf_, __bpf_printk_for(__VA_ARGS__))(fmt __VA_OPT__(, ) __VA_ARGS__)
#define __bpf_printk_for(...) \
  ___bpf_nth(_, ##__VA_ARGS__, vprintk, vprintk, vprintk, vprintk, vprintk, vprintk, vprintk, vprintk, vprintk, \
             printk, printk, printk, printk)

#ifdef BPF_NO_GLOBAL_DATA
#define BPF_PRINTK_FMT_MOD
#else
#define BPF_PRINTK_FMT_MOD static const
#endif

#define __bpf_printk(fmt, ...) \
  ({ \
    BPF_PRINTK_FMT_MOD char ___fmt[] = fmt; \
    bpf_trace_printk(___fmt, sizeof(___fmt), ##__VA_ARGS__); \
  })
#define __bpf_vprintk(fmt, args...) \
  __bpf_with_format(bpf_trace_vprintk(___fmt, sizeof(___fmt), ___values, ___size), fmt, ##args)

/// Prints to the output of an iterator program; `seq` is `ctx->meta->seq`.
#define BPF_SEQ_PRINTF(seq, fmt, args...) \
  __bpf_with_format(bpf_seq_printf(seq, ___fmt, sizeof(___fmt), ___values, ___size), fmt, ##args)

/// Prints into a buffer. Returns the number of bytes that the whole text takes, including the terminator.
#define BPF_SNPRINTF(out, out_size, fmt, args...) \
  __bpf_with_format(bpf_snprintf(out, out_size, ___fmt, ___values, ___size), fmt, ##args)

extern int bpf_stream_vprintk_impl(
    int stream_id, const char *fmt__str, const void *args, __u32 len__sz, void *aux__prog) __weak __ksym;

/// Prints to a stream of the program, BPF_STDOUT or BPF_STDERR, for the program's owner to read (Linux 6.18).
#define bpf_stream_printk(stream_id, fmt, args...) \
  __bpf_with_format(bpf_stream_vprintk_impl(stream_id, ___fmt, ___values, ___size, NULL), fmt, ##args)

#endif
