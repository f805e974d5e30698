//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// bpf(2) as a kernel before today's answers it.

#ifndef OLDER_KERNELS_H
#define OLDER_KERNELS_H

/// From now on, and until this thread ends, bpf(2) refuses this thread what a kernel of that version would refuse, of
/// what loading an object makes use of: names (before 4.15), places of attachment (4.17), types (4.18; their kinds when
/// they came), functions and lines of programs, and probes of the kernel without its version (5.0), values of maps in
/// programs, constant maps and freezing (5.2), arrays that can be mapped and bpf_probe_read_kernel (5.5), binding maps
/// (5.10), a function that came with memory accounting (5.11).
///
/// Cannot be undone: call it on a thread of its own. Returns 0, or an errno negated.
int kf_pretend_kernel(int major, int minor);

#endif
