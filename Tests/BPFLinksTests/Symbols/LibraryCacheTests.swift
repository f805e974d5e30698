//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import Testing

@Suite("The dynamic linker's cache")
struct LibraryCacheTests {
  /// Returns a library list in the format of ldconfig(8).
  private func cache(
    _ libraries: [(name: String, path: String, capabilities: UInt64)], variants: [String] = []
  ) -> [UInt8] {
    func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: number) { Array($0) }
    }
    var strings: [UInt8] = []
    var entries: [UInt8] = []
    let start = 48 + libraries.count * 24
    for library in libraries {
      entries += bytes(UInt32(0x303)) + bytes(UInt32(start + strings.count))
      strings += Array(library.name.utf8) + [0]
      entries += bytes(UInt32(start + strings.count)) + bytes(UInt32(0)) + bytes(library.capabilities)
      strings += Array(library.path.utf8) + [0]
    }
    let names = variants.map { name in
      defer { strings += Array(name.utf8) + [0] }
      return bytes(UInt32(start + strings.count))
    }
    if !variants.isEmpty { strings += [UInt8](repeating: 0, count: -strings.count & 3) }
    // The extension: a table with one section for the variants' names.
    let end = start + strings.count
    let more =
      [0xeaa4_2174, 1, 1, 0, UInt32(end + 24), UInt32(names.count * 4)].flatMap(bytes) + names.joined()
    let header =
      Array("glibc-ld.so.cache1.1".utf8) + bytes(UInt32(libraries.count)) + bytes(UInt32(strings.count))
      + bytes(UInt32(0)) + bytes(UInt32(variants.isEmpty ? 0 : end))
    return header + [UInt8](repeating: 0, count: 48 - header.count) + entries + strings
      + (variants.isEmpty ? [] : more)
  }

  @Test("Finds paths by exact name, in order, without entries that require processor features")
  func paths() {
    let bytes = cache([
      ("liba.so.1", "/fast/liba.so.1", 1 << 62), ("liba.so.1", "/one/liba.so.1", 0),
      ("liba.so.10", "/ten/liba.so.10", 0), ("liba.so.1", "/two/liba.so.1", 0),
    ])
    #expect(LibraryCache.paths(of: "liba.so.1", in: bytes) == ["/one/liba.so.1", "/two/liba.so.1"])
    #expect(LibraryCache.paths(of: "liba.so", in: bytes) == [])
    // A list in the old format may precede it.
    let both = Array("ld.so-1.7.0".utf8) + [UInt8](repeating: 0, count: 21) + bytes
    #expect(LibraryCache.paths(of: "liba.so.10", in: both) == ["/ten/liba.so.10"])
  }

  @Test("Returns the best supported variant first, and paths for any processor last")
  func variants() {
    func variant(_ number: UInt64) -> UInt64 { 1 << 62 | number }
    let bytes = cache(
      [
        ("liba.so.1", "/worse/liba.so.1", variant(1)), ("liba.so.1", "/other/liba.so.1", variant(2)),
        ("liba.so.1", "/best/liba.so.1", variant(0)), ("liba.so.1", "/none/liba.so.1", variant(3)),
        ("liba.so.1", "/bits/liba.so.1", 1 << 61), ("liba.so.1", "/any/liba.so.1", 0),
      ], variants: ["best", "worse", "other"])
    func paths(_ variants: [String]) -> [FilePath] {
      LibraryCache.paths(of: "liba.so.1", in: bytes, variants: variants)
    }
    #expect(paths(["best", "worse"]) == ["/best/liba.so.1", "/worse/liba.so.1", "/any/liba.so.1"])
    #expect(paths(["worse"]) == ["/worse/liba.so.1", "/any/liba.so.1"])
    #expect(paths([]) == ["/any/liba.so.1"])
    // A truncated list returns fewer paths.
    for length in 0..<bytes.count {
      #expect(LibraryCache.paths(of: "liba.so.1", in: Array(bytes[..<length]), variants: ["best"]).count <= 2)
    }
  }

  @Test("A damaged list returns only its readable entries")
  func damage() {
    let whole = cache([("liba.so.1", "/one/liba.so.1", 0), ("libb.so.1", "/two/libb.so.1", 0)])
    for length in 0..<whole.count {
      let found = LibraryCache.paths(of: "libb.so.1", in: Array(whole[..<length]))
      #expect(found.isEmpty)
    }
    for index in 20..<whole.count {
      var damaged = whole
      damaged[index] = 0xff
      #expect(LibraryCache.paths(of: "liba.so.1", in: damaged).count <= 1)
    }
  }
}

@Suite("Function names")
struct FunctionNameTests {
  @Test(
    "Patterns match like those of a shell",
    arguments: [
      ("", "", true), ("*", "", true), ("?", "", false), ("a", "a", true), ("a", "ab", false),
      ("a*", "ab", true),
      ("*b", "ab", true), ("*b", "abc", false), ("a*c*e", "abcde", true), ("a*c*e", "abcdef", false),
      ("??", "ab", true), ("??", "abc", false), ("*aab", "aaaaaab", true), ("a**b", "ab", true),
      ("*?", "a", true), ("*?*?", "a", false), ("[a]", "a", false),
    ])
  func patterns(pattern: String, name: String, matches: Bool) {
    #expect(NamePattern(pattern).matches(Array(name.utf8)[...]) == matches)
  }

  @Test("Matching a pattern with many stars is fast")
  func manyStars() {
    let pattern = NamePattern(String(repeating: "a*", count: 200) + "b")
    #expect(!pattern.matches(Array(repeating: UInt8(ascii: "a"), count: 2000)[...]))
  }
}
