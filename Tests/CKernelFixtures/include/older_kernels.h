//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Simulates bpf(2) of older kernels.

#ifndef OLDER_KERNELS_H
#define OLDER_KERNELS_H

/// Makes bpf(2) of this thread fail from now on where that version of the kernel would, for everything that loading an
/// object uses: names (before 4.15), attach types (4.17), BTF (4.18, and each kind since its release), function and
/// line information and kprobes without the kernel version (5.0), map values in programs, read-only maps and freezing
/// (5.2), mappable arrays and bpf_probe_read_kernel (5.5), binding maps to programs (5.10), and a helper that came with
/// memory accounting (5.11).
///
/// This cannot be undone: call it on a thread that ends afterwards. Returns 0, or a negative errno.
int kf_pretend_kernel(int major, int minor);

#endif
