//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Glibc

extension Check {
  static func events(_ programs: Programs) -> [Check] {
    [
      Check(name: "the size of a ring is a multiple of the page size") {
        _ = try MapHandle(type: .ringBuf, name: "ring", keySize: 0, valueSize: 0, maxEntries: pageSize)
        do {
          _ = try MapHandle(type: .ringBuf, name: "ring", keySize: 0, valueSize: 0, maxEntries: pageSize / 2)
        } catch let error as BPFError {
          return try expect(error.explanation.contains("\(pageSize)"), "the error names the page size")
        }
        throw Unmet(description: "half a page is accepted")
      },
      Check(name: "a user ring buffer takes records until it is full") {
        let sender = try UserRingBuffer(
          MapHandle(type: .userRingBuf, name: "ring", keySize: 0, valueSize: 0, maxEntries: pageSize))
        var sent = 0
        while try sender.send([UInt8](repeating: 1, count: 8)) { sent += 1 }
        try expect(sent, pageSize / 16, "number of records")
      },
      Check(name: "records of a ring buffer and of a perf buffer, and CO-RE") { try records(programs) },
      Check(name: "arena variables and pointers") {
        var file = try ObjectFile(programs.folder.appending("arena.bpf.o"))
        try file.setVariable("calls", to: Int32(10))
        let object = try file.load()
        try expect(try object.program("use").run().signedReturnValue, 11 + 8)
        let first: UInt64 = try object.variable("first")
        let value = object.withUnsafeArena("region") { memory in
          let offset = Int(first) - Int(bitPattern: memory.baseAddress)
          return memory.load(fromByteOffset: offset + 8, as: UInt64.self)
        }
        try expect(value, 14, "the value that the program stored")
      },
    ]
  }

  private static func records(_ programs: Programs) throws {
    let object = try programs.load(["on_raw"])
    let ring = try RingBuffer(object.map("ring"))
    let samples = try PerfBuffer(object.map("samples"), pageCount: 1)
    let link = try object.program("on_raw").attach()
    // More than the rings hold at once, so that the positions pass the end.
    var (fromRing, fromSamples, sent) = (0, 0, 0)
    for _ in 0..<60 {
      for _ in 0..<100 { _ = getppid() }
      sent += 100
      fromRing += try ring.poll(timeout: .seconds(1)) { record throws(BPFError) in
        guard record.byteCount == 16 else { throw BPFError(.consume, .invalidArgument) }
      }
      try samples.consume { record throws(BPFError) in
        switch record {
        case .sample: fromSamples += 1
        case .lost(_, let count): fromSamples += Int(count)
        }
      }
    }
    try link.detach()
    try expect(fromRing, sent, "records of the ring")
    try expect(fromSamples, sent, "samples and lost samples")
    try expect(try object.variable("samples_failed", as: UInt64.self), 0, "failed samples")
    try expect(try object.calls, UInt64(sent), "events")
    try expect(try object.variable("parent", as: Int32.self), getppid(), "the parent, by CO-RE")
    let size = try BTFTypes.vmlinux().find(.structure, named: "task_struct")?.byteCount
    try expect(
      try object.variable("task_size", as: Int32.self), size.map(Int32.init) ?? 0, "size of task_struct")
  }
}
