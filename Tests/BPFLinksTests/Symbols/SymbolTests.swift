//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Symbols of executable files", .sources, .notEmulated(.asksNoKernel))
struct SymbolTests {
  /// Reads all bytes of a file.
  static func readAll(_ path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    return try file.closeAfter {
      var all: [UInt8] = []
      var piece = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
        if count == 0 { return all }
        all += piece[..<count]
      }
    }
  }

  static func write(_ bytes: [UInt8], to path: FilePath) throws {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(bytes) }
  }

  @Test("Finds functions at the file offsets of their instructions")
  func offsets() throws {
    let library = try ProbedLibrary()
    let file = try ExecutableFile(library.path)
    let contents = try Self.readAll(library.path)
    let names = ["probed_sum", "probed_product", "probed_text", "probed_weak", "probed_counted"]
    let offsets = try file.offsets(of: names)
    #expect(Set(offsets).count == names.count)
    for (name, offset) in zip(names, offsets) {
      #expect(try Array(contents[Int(offset)...].prefix(4)) == library.code(of: name))
      #expect(try file.offset(of: name) == offset)
      #expect(try file.offset(of: name + "+0x3") == offset + 3)
      #expect(try file.offset(of: name + "+3") == offset + 3)
    }
    #expect(try file.offset(of: "probed_alias") == file.offset(of: "probed_weak"))
  }

  @Test("Prefers the default version unless another is named")
  func versions() throws {
    let library = try ProbedLibrary()
    let file = try ExecutableFile(library.path)
    let (former, current) = (try file.offset(of: "probed_former"), try file.offset(of: "probed_current"))
    #expect(try file.offset(of: "probed_versioned") == current)
    #expect(try file.offset(of: "probed_versioned@PROBED_2") == current)
    #expect(try file.offset(of: "probed_versioned@@PROBED_2") == current)
    #expect(try file.offset(of: "probed_versioned@PROBED_1") == former)
    #expect(try file.offset(of: "probed_versioned@PROBED_1+1") == former + 1)
    for name in ["probed_versioned@@PROBED_1", "probed_versioned@PROBED_3", "probed_versioned@"] {
      let error = #expect(throws: BPFError.self) { try file.offset(of: name) }
      #expect(error?.code == .notFound)
    }
  }

  @Test("Rejects ambiguous, missing and indirect functions, and lists ambiguous ones")
  func refusals() throws {
    let library = try ProbedLibrary()
    let file = try ExecutableFile(library.path)
    let twins = #expect(throws: BPFError.self) { try file.offset(of: "twin") }
    #expect(twins?.code == .ambiguous && twins?.path == library.path)
    #expect(
      twins?.explanation.contains("twin at 0x") == true
        && twins?.explanation.contains("(local), twin at") == true)
    let missing = #expect(throws: BPFError.self) { try file.offset(of: "probed_su") }
    #expect(missing?.code == .notFound && missing?.explanation == "there is no function 'probed_su'")
    let data = #expect(throws: BPFError.self) { try file.offset(of: "probed_data") }
    #expect(data?.code == .notFound)
    let indirect = #expect(throws: BPFError.self) { try file.offset(of: "probed_indirect") }
    #expect(indirect?.code == .unsupported)
    for name in ["probed_sum+0xffffffffffffffff", "probed_sum+0x10000000", "probed_sum+18446744073709551615"]
    {
      let far = #expect(throws: BPFError.self) { try file.offset(of: name) }
      #expect(far?.code == .invalidArgument)
    }
    for name in ["", "@", "+1", "@@", "probed_sum+", "probed_sum+x", "probed\0sum"] {
      let odd = #expect(throws: BPFError.self) { try file.offset(of: name) }
      #expect(odd?.code == .notFound)
    }
  }

  @Test("Patterns find each function once, in the order of the file")
  func patterns() throws {
    let library = try ProbedLibrary()
    let file = try ExecutableFile(library.path)
    let products = try file.functions(matching: "probed_*")
    #expect(products.map(\.offset) == products.map(\.offset).sorted())
    #expect(Set(products.map(\.offset)).count == products.count)
    #expect(Set(products.map(\.name)).isSuperset(of: ["probed_sum", "probed_product", "probed_first_twin"]))
    #expect(!products.contains { $0.name == "probed_indirect" || $0.name == "probed_data" })
    #expect(products.count { ["probed_weak", "probed_alias"].contains($0.name) } == 1)
    #expect(try file.functions(matching: "twin").count == 2)
    #expect(try file.functions(matching: "probed_s?m").map(\.name) == ["probed_sum"])
    #expect(try file.functions(matching: "*_s*m").map(\.name) == ["probed_sum"])
    #expect(try file.functions(matching: "*probed*sum*").map(\.name) == ["probed_sum"])
    #expect(try file.functions(matching: "").isEmpty && file.functions(matching: "probed_su").isEmpty)
    #expect(try file.functions(matching: "*").count >= products.count + 2)
    let sum = try #require(products.first { $0.name == "probed_sum" })
    #expect(sum.version == "PROBED_1" && sum.byteCount > 0)
  }

  @Test("Finds dynamic symbols in a stripped library, but not local ones")
  func stripped() throws {
    try withTemporaryDirectory { directory in
      let library = directory.appending("library.so")
      try ProbedLibrary.make(at: library, ["-s"])
      let file = try ExecutableFile(library)
      _ = try file.offset(of: "probed_sum")
      let twin = #expect(throws: BPFError.self) { try file.offset(of: "twin") }
      #expect(twin?.code == .notFound)
    }
  }

  @Test(
    "Reads 32-bit files and files of the other byte order",
    arguments: [["-m32"], ["--target=powerpc64-linux-gnu", "-mabi=elfv2"], ["--target=mips-linux-gnu"]])
  func otherFormats(options: [String]) throws {
    try withTemporaryDirectory { directory in
      let source = directory.appending("other.c")
      let path = directory.appending("other.so")
      try Self.write(
        Array("int first(int x) { return x; } int second(int x) { return x + 1; }".utf8), to: source)
      try Toolchain.compileForUserSpace(
        file: source, to: path, ["-O1", "-fPIC", "-shared", "-nostdlib"] + options)
      let file = try ExecutableFile(path)
      let functions = try file.functions(matching: "*").filter { ["first", "second"].contains($0.name) }
      #expect(functions.count == 2 && functions.allSatisfy { $0.byteCount > 0 })
      #expect(try file.offset(of: "second") == functions.first { $0.name == "second" }?.offset)
    }
  }

  @Test("Finds libraries as the dynamic linker does, and programs in PATH")
  func finding() throws {
    let libc = try ExecutableFile("libc.so.6")
    #expect(libc.path.isAbsolute)
    // The search finds the library that this process has mapped.
    let maps = try String(decoding: Self.readAll("/proc/self/maps"), as: UTF8.self)
    let resolved = try #require(realpath(libc.path.string, nil))
    defer { free(resolved) }
    #expect(maps.contains(String(cString: resolved)))
    #expect(try libc.offset(of: "malloc") > 0 && libc.offset(of: "getppid") > 0)
    #expect(try ExecutableFile.find("sh").string.hasSuffix("/sh"))
    #expect(try ExecutableFile.find("./sh") == "./sh")
    for name: FilePath in ["libno-such-thing.so.7", "no-such-program", "libc.so.6.6"] {
      let error = #expect(throws: BPFError.self) { try ExecutableFile(name) }
      #expect(error?.code == .notFound)
    }
    let empty = #expect(throws: BPFError.self) { try ExecutableFile("") }
    #expect(empty?.code == .invalidName)
  }

  @Test("Rejects files that are not executable files")
  func wrongFiles() throws {
    try withTemporaryDirectory { directory in
      let text = directory.appending("text")
      try Self.write(Array("no executable".utf8), to: text)
      let pipe = directory.appending("pipe")
      #expect(mkfifo(pipe.string, 0o600) == 0)
      let empty = directory.appending("empty")
      try Self.write([], to: empty)
      for path in [text, empty, "/dev/null"] {
        let error = #expect(throws: BPFError.self) { try ExecutableFile(path) }
        #expect(error?.code == .malformed && error?.explanation.hasPrefix("not an ELF file") == true)
      }
      for path in [pipe, directory] { #expect(throws: BPFError.self) { try ExecutableFile(path) } }
      let missing = #expect(throws: BPFError.self) { try ExecutableFile(directory.appending("none")) }
      #expect(missing?.code == .notFound)
      #expect(!OpenDescriptors.targets().contains { $0.hasPrefix(directory.string) })
    }
  }

  @Test("A damaged file causes at most an error")
  func damage() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("library.so")
      try ProbedLibrary.make(at: path)
      let whole = try Self.readAll(path)
      var random = RepeatableNumbers()
      // A search may succeed or throw, but must not crash.
      func search() {
        guard let file = try? ExecutableFile(path) else { return }
        _ = try? file.offsets(of: ["probed_sum", "probed_versioned@PROBED_1", "twin"])
        _ = try? file.functions(matching: "probed*")
        _ = try? file.usdtProbes()
      }
      for length in stride(from: 0, to: whole.count, by: 97) {
        try Self.write(Array(whole[..<length]), to: path)
        search()
      }
      // Damages each byte of the file header, then bytes of the section headers at the end, then random bytes.
      let tail = max(64, whole.count - 64 * 40)
      let indices =
        Array(0..<64) + (0..<300).map { _ in Int.random(in: tail..<whole.count, using: &random) }
        + (0..<300).map { _ in Int.random(in: 0..<whole.count, using: &random) }
      for index in indices {
        for value: UInt8 in [0, 1, 0x7f, 0xff] {
          var damaged = whole
          damaged[index] = value
          try Self.write(damaged, to: path)
          search()
        }
      }
    }
  }
}

/// A generator of the same numbers in each run, so that failures are reproducible. Uses xorshift.
private struct RepeatableNumbers: RandomNumberGenerator {
  private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
