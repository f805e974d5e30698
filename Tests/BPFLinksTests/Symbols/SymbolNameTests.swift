//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Hostile files with symbol names that no linker writes.
@Suite("Names of many symbols", .timeLimit(.minutes(3)), .notEmulated(.asksNoKernel))
struct SymbolNameTests {
  /// Returns a 64-bit ELF file with functions, at one address or at a distance in bytes.
  private func elf(names: [UInt8], at offsets: [Int], apart: Int = 0) -> [UInt8] {
    func bytes(_ numbers: [(Int, width: Int)]) -> [UInt8] {
      numbers.flatMap { number, width in (0..<width).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
    }
    func section(_ kind: Int, _ offset: Int, _ count: Int, link: Int) -> [UInt8] {
      bytes([(0, 4), (kind, 4), (0, 8), (0, 8), (offset, 8), (count, 8), (link, 4), (0, 4), (0, 8), (0, 8)])
    }
    let symbols = offsets.enumerated().flatMap { index, offset in
      bytes([(offset, 4), (0x12, 1), (0, 1), (1, 2), (0x1000 + index * apart, 8), (1, 8)])
    }
    let first = 64 + 56 + 3 * 64
    let header =
      [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      + bytes([(3, 2), (62, 2), (1, 4), (0, 8), (64, 8), (120, 8), (0, 4), (64, 2), (56, 2), (1, 2)])
      + bytes([(64, 2), (3, 2), (0, 2)])
    let segment = bytes([(1, 4), (5, 4), (0, 8), (0x1000, 8), (0, 8), (64, 8), (64, 8), (0x1000, 8)])
    return header + segment + [UInt8](repeating: 0, count: 64)
      + section(2, first, symbols.count, link: 2) + section(3, first + symbols.count, names.count, link: 0)
      + symbols + names
  }

  private func withFile(_ bytes: [UInt8], _ body: (ExecutableFile) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("file")
      try SymbolTests.write(bytes, to: path)
      try body(try ExecutableFile(path))
    }
  }

  /// Returns a name of the given length that a pattern must match up to its end.
  private func longName(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 16) } }

  @Test("A long name that many symbols share is read once")
  func sharedName() throws {
    let name = longName(16_000)
    let bytes = elf(
      names: [0] + name + [0] + Array("short".utf8) + [0], at: Array(repeating: 1, count: 100_000) + [16_002])
    try withFile(bytes) { (file: ExecutableFile) throws in
      let found = try file.functions(matching: "*mnop")
      #expect(found.map(\.name) == [String(decoding: name, as: UTF8.self)])
      #expect(try file.offset(of: "short") == 0)
      #expect(try file.offset(of: String(decoding: name, as: UTF8.self)) == 0)
      #expect(try file.functions(matching: "short").map(\.name) == ["short"])
    }
  }

  @Test("Rejects names that overlap without limit")
  func overlappingNames() throws {
    let names = [0] + longName(16_000) + [0]
    try withFile(elf(names: names, at: Array(1..<1_000))) { (file: ExecutableFile) throws in
      for search in [{ _ = try file.functions(matching: "*x") }, { _ = try file.offset(of: "x") }] {
        let error = #expect(throws: BPFError.self) { try search() }
        #expect(error?.code == .malformed && error?.explanation.contains("overlap") == true)
      }
    }
    // Linkers save space by sharing the ends of names: short ones are accepted.
    try withFile(elf(names: names, at: Array(15_800..<16_000))) { (file: ExecutableFile) throws in
      #expect(try file.offset(of: "op") == 0)
    }
  }

  @Test("The error for an ambiguous name lists some of the functions")
  func manyCandidates() throws {
    let names = [0] + Array("same".utf8) + [0]
    try withFile(elf(names: names, at: Array(repeating: 1, count: 20), apart: 1)) {
      (file: ExecutableFile) throws in
      let error = #expect(throws: BPFError.self) { try file.offset(of: "same") }
      #expect(error?.code == .ambiguous && error?.explanation.contains("(global) and 12 more: give") == true)
    }
    // At one address, they are one function.
    try withFile(elf(names: names, at: Array(repeating: 1, count: 20))) { (file: ExecutableFile) throws in
      #expect(try file.offset(of: "same") == 0)
    }
  }
}
