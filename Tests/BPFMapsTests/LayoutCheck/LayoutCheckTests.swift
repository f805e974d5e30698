//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// Maps with BTF that a compiler and bpftool created.
private enum Compiled {
  static let source = """
    typedef unsigned int __u32;
    typedef unsigned long long __u64;
    typedef __u32 __be32;
    enum state { IDLE, BUSY };
    struct address { __be32 s_addr; };
    struct event {
      __u32 pid;
      int exit_code;
      __u64 start_time;
      char comm[16];
      enum state state;
      __u32 pad;
      struct { short low; unsigned short high; } range;
      union { __u32 number; unsigned char bytes[4]; } id;
      struct address peer;
      unsigned flags : 3, kind : 5;
    };
    struct pair { __u32 first, second; };
    struct words { __be32 numbers[2]; };
    #define MAP(name, type_number, key_type, value_type) \\
      struct { int (*type)[type_number]; int (*max_entries)[4]; key_type *key; value_type *value; } \\
      name __attribute__((section(".maps"), used))
    MAP(events, 1, __u32, struct event);
    MAP(pairs, 1, struct pair, __u64);
    MAP(counts, 2, __u32, __u64);
    MAP(signs, 2, __u32, long long);
    MAP(reals, 2, __u32, double);
    MAP(words, 2, __u32, struct words);
    MAP(cpus, 6, __u32, struct pair);
    __attribute__((section("socket"), used)) int unused(void *context) { return 0; }
    char LICENSE[] __attribute__((section("license"), used)) = "GPL";
    """

  /// Compiles and loads the program, and lends the directory with its pinned maps.
  static func withMaps(_ body: (FilePath) throws -> Void) throws {
    try withBPFFileSystem { fileSystem in
      try withTemporaryDirectory { directory in
        let object = directory.appending("types.o")
        try Toolchain.compile(source, to: object)
        let (programs, maps) = (fileSystem.appending("programs"), fileSystem.appending("maps"))
        _ = try Bpftool.text("prog", "loadall", object.string, programs.string, "pinmaps", maps.string)
        try body(maps)
      }
    }
  }
}

private struct Range16: BitwiseCopyable {
  var low: Int16
  var high: UInt16
}

/// The fields of `struct event`, with Swift names.
private struct Event: BitwiseCopyable {
  var pid: UInt32
  var exitCode: Int32
  var startTime: UInt64
  var comm: InlineArray<16, UInt8>
  var state: UInt32
  var pad: UInt32
  var range: Range16
  var id: UInt32
  var peer: IPv4Address
  var flagsAndKind: UInt32
}

/// An event without names for unused fields.
private struct ShortEvent: BitwiseCopyable {
  var pid: UInt32
  var exitCode: Int32
  var startTime: UInt64
  var comm: (UInt64, UInt64)
  var rest: (UInt64, UInt64, UInt64)
}

private struct SwappedEvent: BitwiseCopyable {
  var exitCode: Int32
  var pid: UInt32
  var startTime: UInt64
  var comm: InlineArray<16, CChar>
  var state: UInt64
  var range: Range16
  var id: UInt32
  var peer: UInt32
  var flags: UInt32
}

private struct Pair: BitwiseCopyable {
  var first: UInt32
  var second: UInt32
}

private struct SignedPair: BitwiseCopyable {
  var first: Int32
  var second: UInt32
}

private struct RenamedPair: BitwiseCopyable {
  var first: UInt32
  var third: UInt32
}

@Suite("Layout checks of Swift types against a program's types", .bpftool)
struct LayoutCheckTests {
  @Test("Accepts equivalent types")
  func fitting() throws {
    try Compiled.withMaps { maps in
      _ = try HashMap<UInt32, Event>(pinnedAt: maps.appending("events"))
      _ = try HashMap<Pair, UInt64>(pinnedAt: maps.appending("pairs"))
      _ = try HashMap<(UInt32, UInt32), UInt64>(pinnedAt: maps.appending("pairs"))
      // A number may stand for any structure of its size.
      _ = try HashMap<UInt64, UInt64>(pinnedAt: maps.appending("pairs"))
      _ = try ArrayMap<UInt64>(pinnedAt: maps.appending("counts"))
      _ = try ArrayMap<Int64>(pinnedAt: maps.appending("signs"))
      _ = try ArrayMap<Double>(pinnedAt: maps.appending("reals"))
      _ = try PerCPUArrayMap<Pair>(pinnedAt: maps.appending("cpus"))
    }
  }

  @Test("Accepts numbers in network byte order, also in an array")
  func networkOrder() throws {
    struct Words: BitwiseCopyable {
      var numbers: InlineArray<2, BigEndian<UInt32>>
    }
    struct SignedWords: BitwiseCopyable {
      var numbers: InlineArray<2, BigEndian<Int32>>
    }
    try Compiled.withMaps { maps in
      _ = try ArrayMap<Words>(pinnedAt: maps.appending("words"))
      _ = try HashMap<(BigEndian<UInt32>, UInt32), UInt64>(pinnedAt: maps.appending("pairs"))
      #expect(throws: BPFError.self) { try ArrayMap<SignedWords>(pinnedAt: maps.appending("words")) }
    }
  }

  @Test(
    "Refuses a different sign, name, offset, or kind of number, unless checks are disabled",
    .kernel(since: "6.0"))
  func differing() throws {
    try Compiled.withMaps { maps in
      func refused<Map: TypedMap>(_ type: Map.Type, _ name: String) throws -> String {
        let path = maps.appending(name)
        let error = try #require(throws: BPFError.self) { _ = try type.init(pinnedAt: path) }
        #expect(error.code == .typeMismatch)
        #expect(error.mapName == name)
        // The sizes fit, so only the layout check refuses the type.
        _ = try type.init(pinnedAt: path, checkingTypes: false)
        return error.explanation
      }
      let sign = try refused(HashMap<SignedPair, UInt64>.self, "pairs")
      #expect(sign.contains(">      0  first: Int32 (signed, 4 bytes)      first: __u32 (unsigned, 4 bytes)"))
      #expect(
        sign.contains("       4  second: UInt32 (unsigned, 4 bytes)  second: __u32 (unsigned, 4 bytes)"))
      let name = try refused(HashMap<RenamedPair, UInt64>.self, "pairs")
      #expect(name.contains("third: UInt32") && name.contains("RenamedPair") && name.contains("struct pair"))
      #expect(try refused(ArrayMap<Int64>.self, "counts").contains("Int64 (signed, 8 bytes)"))
      #expect(try refused(ArrayMap<UInt64>.self, "signs").contains("long long (signed, 8 bytes)"))
      #expect(try refused(ArrayMap<UInt64>.self, "reals").contains("double (floating-point, 8 bytes)"))
      #expect(try refused(PerCPUArrayMap<SignedPair>.self, "cpus").contains("the values of the map"))
      #expect(try refused(HashMap<UInt32, ShortEvent>.self, "events").contains("rest: UInt64"))
      #expect(try refused(HashMap<UInt32, SwappedEvent>.self, "events").contains("> "))
      #expect(try refused(HashMap<Float, Event>.self, "events").contains("the keys of the map"))
    }
  }

  @Test("Returns the types of a map's keys and values")
  func elementTypes() throws {
    try Compiled.withMaps { maps in
      let types = try #require(try MapHandle(pinnedAt: maps.appending("events")).elementTypes())
      #expect(types.key?.name == "__u32")
      #expect(types.value?.name == "event")
    }
    let plain = try MapHandle(type: .hash, keySize: 4, valueSize: 8, maxEntries: 1)
    #expect(try plain.elementTypes().map { _ in true } == nil)
  }
}
