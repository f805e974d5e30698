//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import Testing

/// Reading a damaged file either throws an error with a reason, or returns an object with linkable programs.
@Suite("Damaged object files", .sources, .notEmulated(.asksNoKernel))
struct DamagedObjectTests {
  static let fixtures = [
    "counter", "declarations", "variables", "functions", "externs", "operations", "legacy", "core",
  ]

  /// Reads possibly damaged bytes and accesses everything in them. Returns the error's explanation, or `nil`.
  static func read(_ bytes: [UInt8]) throws -> String? {
    do throws(BPFError) {
      var file = try ObjectFile(bytes: bytes, name: "damaged")
      for program in file.programs { _ = try? file.linked(program.name) }
      for variable in file.variables where variable.size < 1 << 20 && variable.offset < 1 << 20 {
        let value = try file.variableBytes(variable.name)
        // Another variable of the same name, and of another size, may be found.
        try? file.setVariable(variable.name, toBytes: value)
      }
      for map in file.maps { _ = (map.innerMap?.name, map.initialValues.count, map.contents.count) }
      return nil
    } catch {
      #expect(error.code == .malformed || error.code == .unsupported, "\(error)")
      #expect(!error.explanation.isEmpty)
      return error.explanation
    }
  }

  @Test("Rejects every truncation of a file", arguments: ["bpfel", "bpfeb"])
  func prefixes(target: String) throws {
    let bytes = try ObjectFixture.bytes("counter", target: target)
    #expect(try Self.read(bytes) == nil)
    for count in 0..<bytes.count {
      #expect(try Self.read(Array(bytes.prefix(count))) != nil, "\(count) of \(bytes.count) bytes")
    }
  }

  @Test("Survives random changes of any bytes", arguments: fixtures)
  func anything(fixture: String) throws {
    for target in ["bpfel", "bpfeb"] {
      let good = try ObjectFixture.bytes(fixture, target: target)
      #expect(try Self.read(good) == nil)
      var random = SplitMix(state: UInt64(good.count))
      var refused = 0
      for _ in 0..<300 {
        var bytes = good
        for _ in 0...random.next() % 6 {
          let offset = Int(random.next() % UInt64(bytes.count))
          // Extreme numbers pass checks that random ones do not.
          let value: UInt8 =
            [0, 1, 0x7f, 0x80, 0xff, UInt8(truncatingIfNeeded: random.next())].randomElement(
              using: &random) ?? 0
          bytes[offset] = value
        }
        if try Self.read(bytes) != nil { refused += 1 }
      }
      #expect(refused > 0)
    }
  }

  /// Changes the ELF header and the section headers, which locate everything else.
  @Test("Survives random changes of headers", arguments: fixtures)
  func headers(fixture: String) throws {
    let good = try ObjectFixture.bytes(fixture)
    let start = good[40..<48].reversed().reduce(0) { $0 << 8 | Int($1) }
    var random = SplitMix(state: 7)
    for _ in 0..<500 {
      var bytes = good
      let offset = random.next() % 8 == 0 ? Int(random.next() % 64) : start + Int(random.next() & 0x7ff)
      guard offset + 8 <= bytes.count else { continue }
      let value = [0, 1, 8, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, UInt64.max, random.next()]
      let number = value.randomElement(using: &random) ?? 0
      let width = [1, 2, 4, 8].randomElement(using: &random) ?? 1
      for byte in 0..<width { bytes[offset + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
      _ = try Self.read(bytes)
    }
  }

  /// Guards against excessive memory use: each symbol stores its name, and many may share the end of one name.
  @Test("Rejects a symbol longer than the maximum name length")
  func longNames() throws {
    func source(_ length: Int) -> String {
      let name = String(repeating: "x", count: length)
      return "__attribute__((section(\"tc\"))) int \(name)(void *context) { return 0; }"
    }
    #expect(try ObjectFixture.object(source: source(4096)).programs.count == 1)
    #expect {
      try ObjectFixture.object(source: source(4097))
    } throws: { error in
      (error as? BPFError)?.code == .malformed && "\(error)".contains("too long")
    }
  }

  @Test("Rejects jump tables by name")
  func jumpTables() throws {
    let source = """
      __attribute__((section(".jumptables"))) const volatile long table[2] = {1, 2};
      __attribute__((section("tc"))) int jump(int *context) { return table[*context & 1]; }
      """
    #expect {
      try ObjectFixture.object(source: source)
    } throws: { error in
      (error as? BPFError)?.code == .unsupported && "\(error)".contains("'.jumptables'")
        && "\(error)".contains("insn_array")
    }
  }

  @Test("Names the invalid field of a header")
  func reasons() throws {
    let good = try ObjectFixture.bytes("counter", target: "bpfel")
    func reason(_ offset: Int, _ values: UInt8...) throws -> String {
      var bytes = good
      bytes.replaceSubrange(offset..<offset + values.count, with: values)
      return try Self.read(bytes) ?? "no error"
    }
    #expect(try reason(0, 0).contains("not an ELF file"))
    #expect(try reason(4, 1).contains("ELFCLASS64"))
    #expect(try reason(5, 3).contains("byte order 3"))
    #expect(try reason(16, 2).contains("ET_REL"))
    #expect(try reason(18, 62).contains("EM_BPF"))
    #expect(try reason(40, 0, 0, 0).contains("no sections"))
    #expect(try reason(40, 0xff, 0xff, 0xff).contains("beyond the end"))
    #expect(try reason(60, 0xff, 0xff).contains("beyond the end"))
    #expect(try reason(62, 0xfe, 0xff).contains("names of the sections"))
    #expect(try Self.read([]) == "not an ELF file: it does not begin with 0x7f 'ELF'")
    #expect(try Self.read(Array(good.prefix(20)))?.contains("within the 64-byte header") == true)
  }
}

/// A random number generator with the same numbers in each run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
