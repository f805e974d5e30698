//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// Loading objects with BTF that the kernel rejects, as far as they do not need it.
@Suite("Objects with rejected BTF", .kernel)
struct RefusedTypesTests {
  /// Returns a program that counts in a map, with additional declarations.
  private static func source(_ extra: String, key: String = "unsigned", value: String = "unsigned long long")
    -> String
  {
    """
    #define SEC(name) __attribute__((section(name), used))
    \(extra)
    struct { int (*type)[1]; int (*max_entries)[8]; \(key) *key; \(value) *value; } hits SEC(".maps");
    static long (*update)(void *map, const void *key, const void *value, unsigned long long flags) = (void *)2;
    SEC("tc") int count(void *context) {
      \(key) key = {};
      static \(value) value;
      *(char *)&value = 1;
      return update(&hits, &key, &value, 0);
    }
    char _license[] SEC("license") = "GPL";
    """
  }

  /// A structure that `breaking(_:)` makes too small for its last member.
  private static let broken = "struct broken { int a, b; }; struct broken damaged;"

  /// Reduces the size of `struct broken` in the LLVM IR.
  private static func breaking(_ ir: String) -> String {
    ir.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.contains("name: \"broken\"")
        ? String(line).replacing("size: 64", with: "size: 32") : String(line)
    }.joined(separator: "\n")
  }

  private static func run(_ object: Object) throws -> Program {
    let count = try object.program("count")
    #expect(try count.run(data: LoadingTests.packet).returnValue == 0)
    #expect(try object.map("hits").count() == 1)
    return count
  }

  @Test("Repairs an asm name of a variable that is not a C identifier", .bpftool)
  func assemblerName() throws {
    let file = try ObjectFixture.object(source: Self.source("int x asm(\"my-counter\") = 3;"))
    let object = try file.load()
    let count = try Self.run(object)
    let warning = try #require(object.warnings.first)
    #expect(
      object.warnings.count == 1 && warning.contains("'my-counter'") && warning.contains("'my_counter'"))
    // Types, function info and line info are kept.
    let id = try count.info().btfID
    #expect(try BTFHandle(id: id).types().find(.variable, named: "my_counter") != nil)
    let program = try Bpftool.text("prog", "dump", "xlated", "id", "\(count.id)", "linum")
    #expect(program.contains("int count(void * context):") && program.contains("line_num:"))
    #expect(try object.map("hits").info().btfKeyTypeID != 0)
    #expect(try object.variable("my-counter", as: Int32.self) == 3)
  }

  @Test("Repairs asm names of a map and a program that are not C identifiers")
  func assemblerNamesOfParts() throws {
    let object = try ObjectFixture.object(
      source: """
        struct { int (*type)[2]; int (*max_entries)[1]; int *key; int *value; } m asm("my-map")
          __attribute__((section(".maps"), used));
        __attribute__((section("tc"), used)) int run(void *context) asm("my-program");
        int run(void *context) { return 4; }
        """
    ).load()
    #expect(try object.map("my-map").name == "my_map")
    let program = try object.program("my-program")
    #expect(try program.info().name == "my_program")
    #expect(try program.run(data: LoadingTests.packet).returnValue == 4)
  }

  @Test("Repairs a naked function with unnamed parameters")
  func nakedFunction() throws {
    let file = try ObjectFixture.object(
      source: Self.source(
        """
        SEC("tc") __attribute__((naked)) int naked(void *) { asm volatile("r1 = 0; r2 = 0; call inner; exit;"); }
        static __attribute__((naked, noinline, used)) int inner(int, int) { asm volatile("r0 = 7; exit;"); }
        """))
    let object = try file.load()
    _ = try Self.run(object)
    let naked = try object.program("naked")
    #expect(try naked.run(data: LoadingTests.packet).returnValue == 7)
    #expect(try naked.info().btfID != 0 && object.warnings.isEmpty)
  }

  @Test("Repairs names of C++, Rust and Zig")
  func namesOfOtherLanguages() throws {
    let source = Self.source(
      "struct Box { unsigned first; }; struct Box kept; enum Kind { ONE }; enum Kind kind;",
      value: "struct Box")
    let names = [
      ("name: \"Box\"", "name: \"Box<int>\""), ("name: \"first\"", "name: \"{0}\""),
      ("name: \"ONE\"", "name: \"Kind::One\""), ("name: \"count\"", "name: \"demo::count<u32>\""),
    ]
    let file = try ObjectFixture.object(source: source) { ir in
      names.reduce(ir) { $0.replacing($1.0, with: $1.1) }
    }
    #expect(file.types?.find(.structure, named: "Box<int>") != nil)
    let object = try file.load()
    let count = try Self.run(object)
    #expect(object.warnings.count == 1 && object.warnings[0].contains("3 more"), "\(object.warnings)")
    let types = try BTFHandle(id: try count.info().btfID).types()
    let value = try object.map("hits").info().btfValueTypeID
    #expect(types[Int(value)]?.name == "Box_int_" && types.find(.function, named: "demo__count_u32_") != nil)
  }

  @Test("Reloading shares a pinned map with a repaired type name")
  func pinnedAgain() throws {
    var file = try ObjectFixture.object(
      source: Self.source("struct Box { unsigned a; };", value: "struct Box")
    ) {
      $0.replacing("name: \"Box\"", with: "name: \"Box<int>\"").replacing(
        "name: \"a\"", with: "name: \"a-b\"")
    }
    file.maps["hits"]?.pinning = .byName
    try withBPFFileSystem { files in
      let options = LoadOptions(pinDirectory: files)
      let first = try file.load(options)
      let second = try file.load(options)
      #expect(first.maps["hits"]?.id == second.maps["hits"]?.id)
    }
  }

  @Test("Omits types that cannot be repaired")
  func withoutTypes() throws {
    let file = try ObjectFixture.object(source: Self.source(Self.broken), rewritingIR: Self.breaking)
    let object = try file.load()
    let count = try Self.run(object)
    let warning = try #require(object.warnings.first)
    #expect(warning.contains("loaded without its types") && warning.contains("Member exceeds struct_size"))
    #expect(!warning.contains("btf_total_size"))
    #expect(try count.info().btfID == 0 && object.map("hits").info().btfID == 0)
  }

  @Test("Notes in a later error that types were omitted")
  func noteOfErrors() throws {
    let extra = Self.broken + "SEC(\"tc\") int bad(void *context) { return *(int *)0; }"
    let file = try ObjectFixture.object(source: Self.source(extra), rewritingIR: Self.breaking)
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.code == .rejected && error?.programName == "bad")
    #expect(error?.explanation.contains("\nnote: the kernel refuses the object's types (BTF): [") == true)
  }

  @Test(
    "Rejects a map that needs types, and gives the kernel's reason first",
    arguments: [
      ("struct bpf_spin_lock { unsigned val; };", "struct bpf_spin_lock lock;", "bpf_spin_lock"),
      ("struct bpf_timer { unsigned long long opaque[2]; };", "struct bpf_timer timers[2];", "bpf_timer"),
      ("struct bpf_wq { unsigned long long opaque[2]; };", "struct { struct bpf_wq work; } inner;", "bpf_wq"),
      (
        "struct task; typedef struct task __attribute__((btf_type_tag(\"kptr\"))) *counted;", "counted task;",
        "kptr"
      ),
    ])
  func needed(declarations: String, member: String, name: String) throws {
    let source = Self.source(
      Self.broken + declarations + " struct value { unsigned long long count; \(member) };",
      value: "struct value")
    let file = try ObjectFixture.object(source: source, rewritingIR: Self.breaking)
    let error = #expect(throws: BPFError.self) { try file.load() }
    let text = error?.explanation ?? ""
    #expect(text.hasPrefix("the kernel refuses the object's types: ["), "\(text)")
    #expect(
      text.contains("Member exceeds struct_size") && text.contains("'hits'") && text.contains("'\(name)'"))
    #expect(error?.log?.contains("btf_total_size") == true && error?.errno == .invalidArgument)
  }

  @Test("Local storage needs types, an existing map does not")
  func storage() throws {
    let source = Self.source(
      Self.broken
        + """
        struct { int (*type)[24]; int (*map_flags)[1]; int *key; int *value; } storage SEC(".maps");
        """)
    var file = try ObjectFixture.object(source: source, rewritingIR: Self.breaking)
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.explanation.contains("'storage'") == true, "\(String(describing: error))")
    file.maps["storage"]?.isCreated = false
    _ = try Self.run(file.load())
  }

  @Test("Omits function info of a program if one of its functions has none")
  func assemblyFunction() throws {
    let source = """
      asm(".globl seven\\n.type seven,@function\\nseven: r0 = 7\\nexit\\n.size seven, .-seven");
      int seven(void);
      __attribute__((section("tc"), used)) int typed(void *context) { return seven() + 1; }
      __attribute__((section("xdp"), used)) int whole(void *context) { return 2; }
      """
    let object = try ObjectFixture.object(source: source).load()
    let typed = try object.program("typed")
    #expect(try typed.run(data: LoadingTests.packet).returnValue == 8)
    #expect(try typed.info().btfID == 0 && object.program("whole").info().btfID != 0)
    #expect(
      object.warnings == [
        "the program 'typed' is loaded without the types of its functions: 'seven' has none"
      ])
  }

  @Test("A callback needs types, a program that attaches by kernel BTF does not")
  func programs() throws {
    let callback = Self.source(
      Self.broken
        + """
        static long (*loop)(unsigned n, void *f, void *context, unsigned long long flags) = (void *)181;
        static long next(unsigned index, void *context) { return 0; }
        SEC("tc") int calls(void *context) { return loop(3, next, 0, 0); }
        SEC("tp_btf/sched_switch") int switches(void *context) { return 0; }
        """)
    var file = try ObjectFixture.object(source: callback, rewritingIR: Self.breaking)
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.explanation.hasPrefix("the kernel refuses the object's types: [") == true)
    #expect(
      error?.explanation.contains("the program 'calls' needs them") == true, "\(String(describing: error))")
    file.programs["calls"]?.isLoaded = false
    #expect(try file.load().programs.names.sorted() == ["count", "switches"])
  }

  @Test("A struct_ops program that is not loaded needs no types")
  func unusedOperations() throws {
    let operations = Self.source(
      Self.broken
        + """
        static long (*loop)(unsigned n, void *f, void *context, unsigned long long flags) = (void *)181;
        static long next(unsigned index, void *context) { return 0; }
        SEC("struct_ops/ssthresh") unsigned threshold(void *context) { return loop(3, next, 0, 0); }
        struct tcp_congestion_ops { unsigned (*ssthresh)(void *); };
        SEC("?.struct_ops") struct tcp_congestion_ops control = {(void *)threshold};
        """)
    let file = try ObjectFixture.object(source: operations, rewritingIR: Self.breaking)
    #expect(file.programs["threshold"]?.isLoaded == true && file.maps["control"]?.isCreated == false)
    #expect(try file.load().programs.names == ["count"])
  }

  @Test("Repairs types of a gcc object, and resolves its references")
  func gcc() throws {
    let path = ObjectFixture.source("gcc").removingLastComponent().appending("gcc.elf")
    let object = try ObjectFile(path).load()
    let count = try object.program("count")
    // (3 + 5 + 64) * 3, by two functions and two variables at different offsets.
    #expect(try count.run(data: LoadingTests.packet).returnValue == 216)
    #expect(try object.variable("counter", as: Int32.self) == 8)
    #expect(try object.variable("first", as: Int32.self) == 1)
    #expect(try object.variable("runs", as: (Int32, Int32, Int32, Int32).self).1 == 1)
    #expect(try object.variable("length", as: Int32.self) == 64)
    #expect(object.warnings.isEmpty)
    let hits = try HashMap<UInt32, UInt64>(object.map("hits"))
    #expect(try hits[0] == 1)
    #expect(try object.map("names").lookup([0, 0, 0, 0])?.first == UInt8(ascii: "x"))
    #expect(try hits.handle.info().btfKeyTypeID != 0)
  }

  @Test("Creates a map without rejected types, and warns")
  func refusedMapTypes() throws {
    let file = try ObjectFixture.object(
      source: """
        struct { int (*type)[11]; int (*max_entries)[4]; int (*map_flags)[1]; unsigned long long *key; int *value; }
          prefixes __attribute__((section(".maps"), used));
        char _license[] __attribute__((section("license"), used)) = "GPL";
        """)
    let object = try file.load()
    #expect(try object.map("prefixes").info().btfID == 0)
    let warning = try #require(object.warnings.first { $0.contains("'prefixes'") })
    #expect(
      warning.contains("without the types (BTF) of its keys and values") && warning.hasSuffix("(EINVAL)"))
  }
}
