//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests typed access to the memory of arenas.
@Suite("Values in arenas", .kernel, .mapType(.arena))
struct ArenaValueTests {
  struct Node: BitwiseCopyable, Equatable {
    var next: ArenaPointer<Node>
    var value: UInt32
    var flags: UInt8
  }
  struct Words: BitwiseCopyable, Equatable { var a: UInt32, b: UInt16, c: UInt8 }

  @Test("Follows a list that it wrote")
  func list() throws {
    let arena = try Arena(pages: 2)
    let stride = MemoryLayout<Node>.stride
    let first = try arena.pointer(to: Node.self, at: pageSize - stride)
    for index in 0..<3 {
      let next = index == 2 ? .null : first.advanced(by: index + 1)
      try arena.store(Node(next: next, value: UInt32(index) * 10, flags: 1), at: first.advanced(by: index))
    }
    var (values, next): ([UInt32], ArenaPointer<Node>) = ([], first)
    while !next.isNull {
      let node = try arena.load(next)
      values.append(node.value)
      next = node.next
    }
    #expect(values == [0, 10, 20])
    let value = try first.advanced(by: 1).pointer(to: \.value)
    #expect(try arena[value] == 10)
    try arena.store(11, at: value)
    #expect(try arena[first.advanced(by: 1)].value == 11)
    #expect(try arena[first.advanced(by: 1).pointer(to: \.flags)] == 1)
    let computed = #expect(throws: BPFError.self) { try first.pointer(to: \.next.isNull) }
    #expect(computed?.code == .invalidArgument)
  }

  @Test("Reads and writes values of any size at each aligned offset, and nothing beside them")
  func sizes() throws {
    let arena = try Arena(pages: 1)
    func check<Value: BitwiseCopyable & Equatable>(_ value: Value) throws {
      let (size, alignment) = (MemoryLayout<Value>.size, MemoryLayout<Value>.alignment)
      for offset in Swift.stride(from: alignment, to: 64, by: alignment) {
        for byte in 0..<128 { try arena.store(0xa5, at: arena.pointer(to: UInt8.self, at: byte)) }
        let pointer = try arena.pointer(to: Value.self, at: offset)
        try arena.store(value, at: pointer)
        #expect(try arena.load(pointer) == value)
        let around = try [offset - 1, offset + size].map { try arena[arena.pointer(to: UInt8.self, at: $0)] }
        #expect(around == [0xa5, 0xa5])
      }
    }
    try check(UInt8(200))
    try check(Int16(-5))
    try check(UInt32.max - 1)
    try check(UInt64.max - 3)
    try check(UInt128.max - 5)
    try check(Float(1.5))
    try check(Words(a: 1, b: 2, c: 3))
    try check(Node(next: .null, value: 7, flags: 9))
    try check(IPv6Address(5))
  }

  @Test("A Boolean is true for every byte except 0")
  func booleans() throws {
    let arena = try Arena(pages: 1)
    let byte = try arena.pointer(to: UInt8.self, at: 3)
    try arena.store(7, at: byte)
    #expect(try arena.load(ArenaPointer<Bool>(address: byte.address)) == true)
  }

  @Test("Refuses pointers that lead outside, or are not aligned")
  func pointers() throws {
    let arena = try Arena(pages: 1)
    let end = arena.address + UInt64(pageSize)
    func refusal<Value: BitwiseCopyable>(_ type: Value.Type, _ address: UInt64) -> BPFError? {
      let pointer = ArenaPointer<Value>(address: address)
      #expect(!arena.contains(pointer))
      return #expect(throws: BPFError.self) { try arena.load(pointer) }
    }
    let outside = [0, 1, end, end - 7, arena.address - 8, UInt64.max, UInt64.max - 7, 1 << 63]
    for address in outside {
      #expect(refusal(UInt64.self, address)?.code == .outOfBounds, "\(address)")
      #expect(refusal(Node.self, address)?.code == .outOfBounds, "\(address)")
    }
    #expect(refusal(UInt64.self, 0)?.explanation == "the null pointer points to no value")
    let odd = refusal(UInt64.self, arena.address + 4)
    #expect(odd?.code == .invalidArgument && odd?.explanation.contains("alignment, 8") == true)
    #expect(refusal(InlineArray<4096, UInt64>.self, arena.address)?.code == .outOfBounds)
    let last = try arena.pointer(to: UInt64.self, at: pageSize - 8)
    #expect(arena.contains(last))
    for offset in [-8, pageSize, .max, .min, pageSize - 4] {
      let error = #expect(throws: BPFError.self) { try arena.pointer(to: UInt64.self, at: offset) }
      #expect(error?.code == .outOfBounds, "\(offset)")
    }
    let store = #expect(throws: BPFError.self) { try arena.store(5, at: last.advanced(by: 1)) }
    #expect(store?.code == .outOfBounds && store?.operation == .update)
    #expect(throws: BPFError.self) { try arena.atomicAdd(1, at: last.advanced(by: -600)) }
  }

  enum Verdict: UInt8, BitwiseCopyable { case pass, drop }

  @Test("Refuses types with invalid bit patterns")
  func types() throws {
    let arena = try Arena(pages: 1)
    let error = #expect(throws: BPFError.self) { try arena.load(arena.pointer(to: Verdict.self, at: 0)) }
    #expect(error?.code == .typeMismatch)
    #expect(error?.explanation.contains("Verdict cannot be in an arena") == true)
    #expect(throws: BPFError.self) { try arena.store(.drop, at: arena.pointer(to: Verdict.self, at: 0)) }
  }

  @Test("Atomic operations")
  func atomics() throws {
    let arena = try Arena(pages: 1)
    let word = try arena.pointer(to: UInt32.self, at: 4)
    try arena.atomicStore(.max, at: word)
    #expect(try arena.atomicAdd(2, at: word) == .max)
    #expect(try arena.atomicLoad(word) == 1)
    let wide = try arena.pointer(to: Int64.self, at: 8)
    try arena.atomicAdd(-3, at: wide)
    #expect(try arena.atomicLoad(wide) == -3)
  }

  @Test("With BPF_F_SEGV_ON_FAULT, access to a missing page is an error, and does not end the process")
  func missingPages() throws {
    let arena = try Arena(pages: 2, options: MapOptions(flags: .segvOnFault))
    let (number, node) = (try arena.pointer(to: UInt64.self, at: 0), try arena.pointer(to: Node.self, at: 64))
    for error in [
      #expect(throws: BPFError.self, performing: { try arena.load(number) }),
      #expect(throws: BPFError.self, performing: { _ = try arena.load(node) }),
      #expect(throws: BPFError.self, performing: { try arena.store(1, at: number) }),
    ] {
      #expect(error?.code == .notFound && error?.errno == .badAddress)
      #expect(error?.explanation.contains("no program has allocated the arena's page") == true)
    }
    let atomic = #expect(throws: BPFError.self) { try arena.atomicAdd(1, at: number) }
    #expect(atomic?.code == .unsupported)
  }
}
