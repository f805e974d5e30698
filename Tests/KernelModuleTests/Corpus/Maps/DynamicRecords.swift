//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// unchecked: loads
// checked: loads

import BPFKernel

struct Command: BitwiseCopyable {
  var kind: UInt8
  var number: UInt32
}

let records = RingBuffer<UInt8>(bytes: 4096)
let commands = UserRingBuffer(bytes: 4096)
let sums = ArrayMap<UInt64>(maxEntries: 1)

@section("tracepoint/syscalls/sys_enter_getpid") func run(_ context: TracepointContext<UInt64>) -> Int32 {
  records.withRecord(bytes: 8 &+ (randomNumber() & 63)) { memory in memory.store(CurrentTask.threadID, at: 4)
  }
  unsafe commands.drain { record, _ in
    guard let record = unsafe record, let command = unsafe DynamicMemory(record).load(Command.self) else {
      return 1
    }
    sums.withValue(of: 0) { $0 &+= UInt64(command.number) }
    return 0
  }
  return 0
}
