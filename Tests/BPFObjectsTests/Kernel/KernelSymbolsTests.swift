//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import Testing

@testable import BPFObjects

@Suite("Kernel symbols")
struct KernelSymbolsTests {
  static let text = """
    0000000000000000 A __per_cpu_start
    ffffffff81000000 T _text
    ffffffff81000010 t twice
    ffffffff81000020 t twice
    ffffffff81000030 t same
    ffffffff81000030 T same
    ffffffff81000040 d promoted.llvm.1234
    ffffffff81000050 t function.llvm.1234
    ffffffffc0000000 t in_module\t[module]

    """

  /// Searches a text that arrives in pieces of a given size.
  static func search(_ names: Set<String>, in text: String, pieces: Int = .max) throws -> SymbolSearch {
    var search = SymbolSearch(for: names)
    var rest: [UInt8] = []
    var text = Array(text.utf8)[...]
    while !text.isEmpty {
      rest += text.prefix(pieces)
      text = text.dropFirst(pieces)
      rest.removeFirst(try search.scan(rest.span))
    }
    return search
  }

  @Test("Finds symbols regardless of the size of pieces", arguments: [1, 7, 64, Int.max])
  func pieces(length: Int) throws {
    let names: Set<String> = [
      "__per_cpu_start", "_text", "same", "promoted", "function", "in_module", "missing", "_tex", "",
    ]
    let found = try Self.search(names, in: Self.text, pieces: length).addresses()
    #expect(
      found == [
        "__per_cpu_start": 0, "_text": 0xffff_ffff_8100_0000, "same": 0xffff_ffff_8100_0030,
        "promoted": 0xffff_ffff_8100_0040, "in_module": 0xffff_ffff_c000_0000,
      ])
  }

  @Test("Rejects an ambiguous name with both addresses")
  func ambiguous() throws {
    let search = try Self.search(["twice"], in: Self.text)
    let error = #expect(throws: BPFError.self) { () throws in try search.addresses() }
    #expect(error?.code == .ambiguous)
    #expect(error?.description.contains("'twice': at 0xffffffff81000010, 0xffffffff81000020") == true)
  }

  @Test("Distinguishes hidden addresses from missing symbols")
  func hidden() throws {
    let text = "0000000000000000 T _text\n0000000000000000 T other\n"
    let search = try Self.search(["_text"], in: text)
    let error = #expect(throws: BPFError.self) { () throws in try search.addresses() }
    #expect(error?.code == .permissionDenied)
    #expect(error?.description.contains("kptr_restrict") == true)
    #expect(try Self.search(["missing"], in: text).addresses() == [:])
  }

  @Test(
    "Rejects malformed lines",
    arguments: ["a\nb\nc\nd\n", "\n\n\n\n\n", "ffff  T name\n", "1 TT name\n"])
  func malformed(text: String) {
    let error = #expect(throws: BPFError.self) { () throws in try Self.search(["name"], in: text) }
    #expect(error?.code == .malformed)
  }

  @Test("Survives random text", .notEmulated(.asksNoKernel), arguments: 0..<4 as Range<UInt64>)
  func anything(seed: UInt64) {
    var random = SeededRandom(seed)
    let bytes = Array(" \n\t0aT.x".utf8)
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
        bytes.randomElement(using: &random) ?? 0
      }
      _ = try? Self.search(["", "x", "aT", "0"], in: String(decoding: text, as: UTF8.self), pieces: 5)
        .addresses()
    }
  }

  @Test("Finds the addresses of /proc/kallsyms", .kernel, .notEmulated(.takesLong))
  func running() throws {
    // Prints every four hundredth unique name, and one with two addresses. Excludes symbols of modules and programs,
    // which have a fourth field, since they come and go.
    let script = """
      NF == 3 { if (!($3 in first)) first[$3] = $1 ""; else if (first[$3] != $1 "") twice[$3] = 1 }
      END {
        for (name in twice) { print "twice", name; break }
        for (name in first) if (!(name in twice) && count++ % 400 == 0) print first[name], name
      }
      """
    let lines = try Command.run("awk", [script, "/proc/kallsyms"]).standardOutput.split(separator: "\n")
      .map { $0.split(separator: " ") }
    let expected = Dictionary(
      uniqueKeysWithValues: lines.dropFirst().map { (String($0[1]), UInt64($0[0], radix: 16)) })
    #expect(expected.count > 100)
    let found = try KernelSymbols.addresses(of: Set(expected.keys).union(["no_such_symbol"]))
    #expect(found == expected.compactMapValues(\.self))

    let twice = try #require(lines.first { $0[0] == "twice" }?[1])
    let error = #expect(throws: BPFError.self) { () throws in
      try KernelSymbols.addresses(of: [String(twice)])
    }
    #expect(error?.code == .ambiguous)
    #expect(try KernelSymbols.contains(String(twice)))
    #expect(try !KernelSymbols.contains("no_such_symbol"))
    #expect(try KernelSymbols.addresses(of: []) == [:])
  }
}
