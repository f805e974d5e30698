//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage

/// Maps with BTF, from objects that clang compiles and bpftool loads.
enum CompiledMaps {
  private static let source = """
    typedef unsigned char u8;
    typedef short s16;
    typedef unsigned int u32;
    typedef int s32;
    typedef unsigned long long u64;
    typedef long long s64;
    enum color { RED, GREEN = 5, BLUE = 7 };
    enum sign { MINUS = -3, NONE = 0 };
    enum large { LARGE = 0xfedcba9876543210ULL, SMALL = 1 };
    struct inner { s16 a; char name[8]; };
    union either { u32 x; u8 bytes[4]; };
    typedef char label[6];
    struct many {
      u8 byte; s16 small; u32 count; s32 delta; u64 total; s64 offset;
      _Bool flag; label text; char raw[4]; enum color color; enum sign sign;
      struct inner inner[2];
      struct { u32 nested; union either either; } deep;
      const volatile void *pointer; u8 octets[3]; u32 matrix[2][2];
    };
    struct odd {
      u32 b1 : 3; s32 b2 : 5; enum color b3 : 4; enum large large;
      struct { u32 nameless; };
      double d; float f;
    };
    struct pair { u32 first, second; };
    #define MAP(name, type_number, key_type, value_type) \\
      struct { int (*type)[type_number]; int (*max_entries)[8]; key_type *key; value_type *value; } \\
      name __attribute__((section(".maps"), used))
    MAP(events, 1, u32, struct many);
    MAP(pairs, 1, struct pair, s64);
    MAP(table, 2, u32, struct many);
    MAP(cpu_pairs, 5, struct pair, struct pair);
    MAP(cpu_numbers, 6, u32, u64);
    MAP(odds, 2, u32, struct odd);
    #ifdef HAS_BLOOM_FILTERS
    struct { int (*type)[30]; int (*max_entries)[8]; struct pair *value; } seen
      __attribute__((section(".maps"), used));
    #endif
    struct pair both __attribute__((used)) = {1, 2};
    s32 number __attribute__((used)) = -3;
    const char greeting[6] __attribute__((used)) = "hello";
    __attribute__((section("socket"), used)) int nothing(void *context) { return number; }
    char LICENSE[] __attribute__((section("license"), used)) = "GPL";
    """

  /// Runs `body` with the directory of the pinned maps of `source`.
  static func withMaps(_ body: (FilePath) throws -> Void) throws { try withMaps(of: source, body) }

  /// Runs `body` with the directory of an object's pinned maps.
  static func withMaps(of source: String, _ body: (FilePath) throws -> Void) throws {
    try withBPFFileSystem { fileSystem in
      try withTemporaryDirectory { directory in
        let object = directory.appending("types.o")
        // bpftool creates all maps of an object.
        let definitions = try MapType.bloomFilter.isSupported() ? ["HAS_BLOOM_FILTERS"] : []
        try Toolchain.compile(source, to: object, definitions: definitions)
        let (programs, maps) = (fileSystem.appending("programs"), fileSystem.appending("maps"))
        _ = try Bpftool.text("prog", "loadall", object.string, programs.string, "pinmaps", maps.string)
        try body(maps)
      }
    }
  }
}
