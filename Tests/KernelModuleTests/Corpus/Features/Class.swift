//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: refused, line 14: kernel code cannot have instances of classes, which allocate memory: use a struct
// checked: refused, line 14: kernel code cannot have instances of classes, which allocate memory: use a struct

import BPFKernel

final class Box {
  var number: UInt32
  init(_ number: UInt32) { self.number = number }
}

@section("xdp") func run(_ context: XDPContext) -> XDPAction {
  let box = Box(context.queueIndex)
  return box.number == randomNumber() ? .drop : .pass
}
