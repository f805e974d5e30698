//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Printing with a format. Arguments are numbers and pointers, up to twelve of them; formats are those of the kernel's
// printk that make sense here, %s for strings of the kernel among them.
//
// Include <bpf/bpf_helpers.h>, which includes this.

#ifndef __BPF_PRINT_H__
#define __BPF_PRINT_H__

/// `call` with the format as the array ___fmt and the arguments as the array ___values, of ___size bytes.
#define __bpf_with_format(call, fmt, ...) \
  ({ \
    static const char ___fmt[] = fmt; \
    enum { ___count = ___bpf_narg(__VA_ARGS__), ___size = ___count * 8 }; \
    unsigned long long ___values[___count ? ___count : 1]; \
    __bpf_each(__bpf_set_value, ___values __VA_OPT__(, ) __VA_ARGS__) call; \
  })
#define __bpf_set_value(i, values, x) values[i - 1] = (unsigned long long)(x);

/// A line into /sys/kernel/tracing/trace_pipe, for debugging. More than three arguments take Linux 5.16, and a format
/// outside the program's own memory 5.2: without it define BPF_NO_GLOBAL_DATA.
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

/// Into what an iterator's program gives its reader; `seq` is `ctx->meta->seq`.
#define BPF_SEQ_PRINTF(seq, fmt, args...) \
  __bpf_with_format(bpf_seq_printf(seq, ___fmt, sizeof(___fmt), ___values, ___size), fmt, ##args)

/// Into a buffer: how many bytes it would take, with the terminator.
#define BPF_SNPRINTF(out, out_size, fmt, args...) \
  __bpf_with_format(bpf_snprintf(out, out_size, ___fmt, ___values, ___size), fmt, ##args)

extern int bpf_stream_vprintk_impl(
    int stream_id, const char *fmt__str, const void *args, __u32 len__sz, void *aux__prog) __weak __ksym;

/// Into a stream of the program, BPF_STDOUT or BPF_STDERR, which its owner reads (Linux 6.18).
#define bpf_stream_printk(stream_id, fmt, args...) \
  __bpf_with_format(bpf_stream_vprintk_impl(stream_id, ___fmt, ___values, ___size, NULL), fmt, ##args)

#endif
