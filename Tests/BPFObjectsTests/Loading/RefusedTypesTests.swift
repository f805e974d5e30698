//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// Types (BTF) that the kernel refuses do not stand in the way of an object that does without them.
@Suite("Loading objects whose types the kernel refuses", .kernel)
struct RefusedTypesTests {
  /// A program that counts in a map, and what is to be refused.
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

  /// A structure whose last member the kernel finds behind its end.
  private static let broken = "struct broken { int a, b; }; struct broken damaged;"

  /// Makes it so.
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

  @Test("A variable whose name in assembly is none of C's", .bpftool)
  func assemblerName() throws {
    let file = try ObjectFixture.object(source: Self.source("int x asm(\"my-counter\") = 3;"))
    let object = try file.load()
    let count = try Self.run(object)
    let warning = try #require(object.warnings.first)
    #expect(
      object.warnings.count == 1 && warning.contains("'my-counter'") && warning.contains("'my_counter'"))
    // Types, functions and lines stay.
    let id = try count.info().btfID
    #expect(try BTFHandle(id: id).types().find(.variable, named: "my_counter") != nil)
    let program = try Bpftool.text("prog", "dump", "xlated", "id", "\(count.id)", "linum")
    #expect(program.contains("int count(void * context):") && program.contains("line_num:"))
    #expect(try object.map("hits").info().btfKeyTypeID != 0)
    #expect(try object.variable("my-counter", as: Int32.self) == 3)
  }

  @Test("A map and a program whose names in assembly are none of C's")
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

  @Test("A naked function without the names of its parameters")
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

  @Test("Names of C++, Rust and Zig")
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

  @Test("A map that is pinned by such a type's name is the same when the object is loaded again")
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

  @Test("Types that cannot be repaired are left out")
  func withoutTypes() throws {
    let file = try ObjectFixture.object(source: Self.source(Self.broken), rewritingIR: Self.breaking)
    let object = try file.load()
    let count = try Self.run(object)
    let warning = try #require(object.warnings.first)
    #expect(warning.contains("loaded without its types") && warning.contains("Member exceeds struct_size"))
    #expect(!warning.contains("btf_total_size"))
    #expect(try count.info().btfID == 0 && object.map("hits").info().btfID == 0)
  }

  @Test("A later error says that the types were left out")
  func noteOfErrors() throws {
    let extra = Self.broken + "SEC(\"tc\") int bad(void *context) { return *(int *)0; }"
    let file = try ObjectFixture.object(source: Self.source(extra), rewritingIR: Self.breaking)
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.code == .rejected && error?.programName == "bad")
    #expect(error?.explanation.contains("\nnote: the kernel refuses the object's types (BTF): [") == true)
  }

  @Test(
    "What needs the types is refused, and the reason comes first",
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

  @Test("A local storage needs the types, and a map that is there already does not")
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

  @Test("Where a function has no types, such as one in assembly, those of its program are left out")
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

  @Test("A callback needs the types, and a program that attaches by the kernel's does not")
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

  @Test("A program of an interface that is not created needs no types: it is not loaded")
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

  @Test("An object of gcc: its types are repaired, and its references understood")
  func gcc() throws {
    let path = ObjectFixture.source("gcc").removingLastComponent().appending("gcc.elf")
    let object = try ObjectFile(path).load()
    let count = try object.program("count")
    // (3 + 5 + 64) * 3, by two functions and two variables, each at a place of its own.
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

  @Test("A map whose types the kernel refuses is created without them, and a warning says so")
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
