//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests mapped arrays that are read by any number modulo their count.
@Suite("Wrapping elements", .kernel)
struct WrappingElementsTests {
  @Test("Any number stands for an element", arguments: [1, 2, 1024])
  func numbers(count: Int) throws {
    let array = try MappedArray<UInt64>(maxEntries: count)
    for index in 0..<count { try array.update(index, to: UInt64(index) + 1) }
    let table = try array.wrapping()
    #expect(table.count == count)
    for number in [0, 1, count - 1, count, count + 1, -1, -count, .max, .min] {
      let index = ((number % count) + count) % count
      #expect(table[number] == array[index], "\(number)")
    }
  }

  @Test("Sees writes of bpf(2), for values of any size")
  func values() throws {
    func check<Value: BitwiseCopyable & Equatable>(_ value: Value) throws {
      let array = try MappedArray<Value>(maxEntries: 4)
      let table = try array.wrapping()
      try ArrayMap<Value>(array.handle).update(3, to: value)
      #expect(table[-1] == value && table[7] == value)
    }
    try check(UInt8(200))
    try check(Float(1.5))
    try check(true)
    try check(UInt128.max - 5)
    try check(MappedArrayTests.Traffic(packets: 1, bytes: 2))
    try check(AddressPrefix(host: IPv6Address(7)))
  }

  @Test("Keeps the memory mapped")
  func lifetime() throws {
    var array: MappedArray<Int32>? = try MappedArray<Int32>(maxEntries: 8)
    try array?.update(5, to: -5)
    let table = try #require(try array?.wrapping())
    array = nil
    #expect(table[13] == -5)
  }

  @Test(
    "Refuses counts that are not a power of two, and names one", arguments: [(3, 4), (1000, 1024), (5, 8)])
  func refusals(count: Int, next: Int) throws {
    let array = try MappedArray<UInt64>(maxEntries: count)
    let error = #expect(throws: BPFError.self) { try array.wrapping() }
    #expect(error?.code == .invalidArgument)
    #expect(
      error?.explanation
        == "the number of elements, \(count), is not a power of two: create the array with more, such as \(next)"
    )
  }
}
