//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 14: a function of BPF returns at most 16 bytes: return through an inout parameter, or mark the function @inline(__always)
// checked: refused, line 14: a function of BPF returns at most 16 bytes: return through an inout parameter, or mark the function @inline(__always)

import BPFKernel

struct Large: BitwiseCopyable { var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) }

@inline(never) func make(_ word: UInt64) -> Large { Large(words: (word, word, word, word, word, word)) }

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  make(UInt64(context.queueIndex)).words.5 == 3 ? .drop : .pass
}
