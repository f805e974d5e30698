//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: forbidden
// checked: forbidden

import BPFKernel

@section("lsm/file_open") func f(_ c: LSMContext) -> Int32 { c.argument(0) == 0 ? -1 : 0 }
