//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

@testable import BPFCodeGeneration

/// Tests the objects that the generator makes of kernel modules.
@Suite("Kernel module objects", .sources, .compilers)
struct KernelModuleObjectTests {
  private func compile(
    _ sources: [String: String], options: [String] = [], named name: String = "FixtureKernel"
  ) throws -> (file: ObjectFile, accessors: String, bytes: [UInt8]) {
    try withTemporaryDirectory { folder in
      let module = try KernelModuleFixture.compile(sources, named: name, options: options, in: folder)
      let bytes = try #require(module.object, "\(module.messages)")
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!text.contains(folder.string), "the object has a path of this machine")
      #expect(!text.contains(FixtureObjects.package.string), "the object has a path of this machine")
      return (try ObjectFile(bytes: bytes, name: "fixture"), try #require(module.accessors), bytes)
    }
  }

  private static let counter = """
    import BPFKernel
    public struct Flow: BitwiseCopyable { public var address: UInt32; public var port: UInt16; public var kind: UInt8 }
    public let flows = HashMap<Flow, UInt64>(maxEntries: 64, flags: .noPrealloc, pinning: .byName)
    public let totals = ArrayMap<Flow>(maxEntries: 3)
    public let events = RingBuffer<Flow>(bytes: 4096)
    nonisolated(unsafe) var seen: UInt64 = 0
    nonisolated(unsafe) var limit: UInt32 = 7
    nonisolated(unsafe) var isOn = true
    nonisolated(unsafe) var last = Flow(address: 1, port: 2, kind: 3)
    @inline(never) func twice(_ n: UInt32) -> UInt32 { n &* 2 }
    @section("xdp") func count(_ context: XDPContext) -> XDPAction {
      seen &+= 1
      last.kind = 4
      let flow = Flow(address: context.interfaceIndex, port: 3, kind: 1)
      flows.update(flow, to: UInt64(twice(context.queueIndex)))
      totals.withValue(of: 1) { $0.port &+= 1 }
      if let event = events.reserve() {
        event.value = flow
        event.submit()
      }
      return isOn && context.queueIndex < limit ? .pass : .drop
    }
    """

  @Test("Maps have what their declarations say, and the types of their elements")
  func maps() throws {
    let (file, accessors, _) = try compile(["Counter.swift": Self.counter])
    let flows = try #require(file.maps["flows"])
    #expect((flows.type, flows.keySize, flows.valueSize, flows.maxEntries) == (.hash, 8, 8, 64))
    #expect(flows.flags == .noPrealloc)
    let key = try #require(file.types?[flows.keyTypeID])
    #expect(key.byteCount == 8)
    #expect(key.members.map(\.name).filter { !$0.isEmpty } == ["address", "port", "kind"])
    #expect(file.maps["events"]?.maxEntries == 4096)
    #expect(accessors.contains("import FixtureKernel\n"))
    #expect(accessors.contains("var flows: BPF.HashMap<FixtureKernel.Flow, Swift.UInt64> {"))
    #expect(accessors.contains("var totals: BPF.ArrayMap<FixtureKernel.Flow> {"))
    #expect(accessors.contains("var events: BPF.MapHandle {"))
  }

  @Test("Variables have their initial values and types")
  func variables() throws {
    let (file, accessors, _) = try compile(["Counter.swift": Self.counter])
    #expect(try file.variable("limit", as: UInt32.self) == 7)
    #expect(try file.variable("isOn", as: UInt8.self) == 1)
    #expect(try Array(file.variableBytes("last").prefix(7)) == [1, 0, 0, 0, 2, 0, 3])
    #expect(accessors.contains("var seen: Swift.UInt64 {"))
    #expect(accessors.contains("var last: FixtureKernel.Flow {"))
    let last = try #require(file.variables["last"]?.type?.unmodified)
    #expect(last.members.map(\.name).filter { !$0.isEmpty } == ["address", "port", "kind"])
  }

  @Test("Variables and constants of BPFKernel are numbers for user space", .kernel)
  func wrappedVariables() throws {
    let source = """
      import BPFKernel
      public let count = Variable<UInt64>(5)
      public let limit = Constant<UInt16>(17)
      @section("xdp") func pass(_ context: XDPContext) -> XDPAction {
        count.withValue { $0.atomicAdd(UInt64(limit.value)) }
        return .pass
      }
      """
    var (file, accessors, _) = try compile(["Pass.swift": source], options: ["-Ounchecked"])
    #expect(accessors.contains("var count: Swift.UInt64 {") && accessors.contains("func setCount("))
    #expect(accessors.contains("var limit: Swift.UInt16 {") && !accessors.contains("func setLimit("))
    #expect(try file.variable("limit", as: UInt16.self) == 17)
    try file.setVariable("limit", to: UInt16(100))
    let object = try file.load()
    _ = try object.program("pass").run(data: [UInt8](repeating: 0, count: 20))
    #expect(try object.variable("count", as: UInt64.self) == 105)
  }

  @Test("Maps of maps, tries, filters and perf buffers have what their descriptors say")
  func otherMaps() throws {
    let source = """
      import BPFKernel
      public struct Flow: BitwiseCopyable { @BigEndian public var port: UInt16; public var kind: UInt8 }
      public let outer = ArrayOfMaps(maxEntries: 4, inner: HashMap<UInt32, UInt64>(maxEntries: 16))
      public let routes = LPMTrieMap<IPv4Address, Flow>(maxEntries: 8)
      public let filter = BloomFilter<UInt64>(maxEntries: 8, hashes: 3)
      public let events = PerfEventArray<Flow>()
      public let sockets = SockHash<UInt64>(maxEntries: 4)
      @section("xdp") func pass(_ context: XDPContext) -> XDPAction { .pass }
      """
    let (file, accessors, _) = try compile(["Pass.swift": source])
    let inner = try #require(file.maps["outer"]?.innerMap)
    #expect((inner.type, inner.keySize, inner.valueSize, inner.maxEntries) == (.hash, 4, 8, 16))
    let routes = try #require(file.maps["routes"])
    #expect((routes.type, routes.keySize, routes.valueSize) == (.lpmTrie, 8, 4))
    let flow = try #require(file.types?[routes.valueTypeID])
    #expect(flow.members.map(\.type.name).filter { !$0.isEmpty } == ["__be16", "unsigned char"])
    #expect(file.maps["filter"]?.extra == 3)
    #expect(file.maps["events"]?.keySize == 4 && file.maps["events"]?.valueSize == 4)
    #expect(file.maps["sockets"]?.keySize == 8 && file.maps["sockets"]?.valueSize == 4)
    #expect(accessors.contains("var outer: BPF.ArrayOfMaps {"))
    #expect(accessors.contains("var routes: BPF.LPMTrieMap<BPF.IPv4Address, FixtureKernel.Flow> {"))
    #expect(accessors.contains("var sockets: BPF.SockHash<Swift.UInt64> {"))
  }

  @Test("Accessors have types of their own for those that they cannot name")
  func internalTypes() throws {
    let source = """
      import BPFKernel
      struct Flow: BitwiseCopyable { var port: UInt16; var kind: UInt8 }
      private struct Key: BitwiseCopyable { var id: UInt32 }
      struct Event: BitwiseCopyable { var process: Int32 }
      private let flows = HashMap<Key, Flow>(maxEntries: 8)
      let events = RingBuffer<Event>(bytes: 4096)
      @section("xdp") func pass(_ context: XDPContext) -> XDPAction {
        events.output(Event(process: 3))
        return flows.lookup(Key(id: context.queueIndex)) == nil ? .pass : .drop
      }
      """
    let (file, accessors, _) = try compile(["Pass.swift": source])
    #expect(accessors.contains("var flows: BPF.HashMap<Key, Flow> {"), "\(accessors)")
    for type in ["Key", "Flow", "Event"] { #expect(accessors.contains("struct \(type): BitwiseCopyable")) }
    #expect(accessors.contains("process: Int32"))
    let event = try #require(file.types?.find(.structure, named: "Event"))
    #expect(event.members.map(\.name) == ["process"])
  }

  @Test("The lines of C bodies and their headers have no path of this machine")
  func bodies() throws {
    let source = """
      import BPFKernel
      nonisolated(unsafe) var slots = InlineArray<64, UInt64>(repeating: 0)
      @section("kprobe/do_exit") func count(_ context: ProbeContext) -> Int32 {
        slots[log2Slot(context.argument(0))] &+= 1
        return 0
      }
      """
    // compile(_:) looks for the package's path in the object.
    #expect(try compile(["Count.swift": source]).file.programs.names == ["count"])
  }

  @Test("The same source in another folder gives the same instructions")
  func determinism() throws {
    let objects = try (0..<2).map { _ in try compile(["Counter.swift": Self.counter]).bytes }
    #expect(objects[0] == objects[1])
  }

  @Test("A module without checks has no traps")
  func unchecked() throws {
    let source = """
      import BPFKernel
      @section("xdp") func add(_ context: XDPContext) -> XDPAction {
        context.queueIndex + context.interfaceIndex == 3 ? .pass : .drop
      }
      """
    func traps(_ options: [String]) throws -> Bool {
      String(decoding: try compile(["Add.swift": source], options: options).bytes, as: UTF8.self).contains(
        "bpf_throw")
    }
    #expect(try traps([]))
    #expect(try !traps(["-Ounchecked"]))
  }

  @Test("An argument that a probe does not have is a trap", arguments: [6, -1])
  func wrongArgument(_ index: Int) throws {
    let source = """
      import BPFKernel
      let counts = ArrayMap<UInt64>(maxEntries: 1)
      @section("kprobe/do_exit") func last(_ context: ProbeContext) -> Int32 {
        counts.update(0, to: context.argument(5))
        return 0
      }
      @section("kprobe/do_exit") func wrong(_ context: ProbeContext) -> Int32 {
        counts.update(0, to: context.argument(\(index)))
        return 0
      }
      """
    let file = try compile(["Probes.swift": source]).file
    let wrong = try file.instructions(of: "wrong").count
    #expect(try wrong < file.instructions(of: "last").count, "it updates the map")
  }

  @Test("The module declares its license; others are GPL")
  func license() throws {
    #expect(try compile(["Counter.swift": Self.counter]).file.license == "GPL")
    let own = Self.counter + "\npublic let license: StaticString = \"Dual MIT/GPL\"\n"
    #expect(try compile(["Counter.swift": own]).file.license == "Dual MIT/GPL")
  }

  @Test("C sources of the module are part of the object, and call its Swift functions")
  func mixed() throws {
    let swift = """
      import BPFKernel
      @c public func judge(_ n: UInt32) -> Int32 { n > 3 ? 1 : 2 }
      """
    let c = """
      #include <bpf/bpf_types.h>
      #include <bpf/bpf_helpers.h>
      #include <bpf/bpf_histogram.h>
      int judge(__u32 number);
      struct {
        __uint(type, BPF_MAP_TYPE_ARRAY);
        __uint(max_entries, 1);
        __type(key, __u32);
        __type(value, __u64);
      } counts SEC(".maps");
      SEC("xdp") int check(struct xdp_md *context) {
        __u32 key = 0;
        __u64 *count = bpf_map_lookup_elem(&counts, &key);
        if (count) *count += 1;
        return judge(bpf_log2(context->rx_queue_index));
      }
      """
    let (file, accessors, _) = try compile(["Judge.swift": swift, "check.bpf.c": c])
    #expect(file.programs.names == ["check"])
    #expect(file.maps.names == ["counts"])
    #expect(accessors.contains("var counts: BPF.ArrayMap<UInt64> {"))
  }

  @Test("Warnings about the module's C are printed")
  func warnings() throws {
    let c = """
      #include <bpf/bpf_types.h>
      #include <bpf/bpf_helpers.h>
      SEC("xdp") int pass(struct xdp_md *context) {
        int unused_count = 3;
        return 2;
      }
      """
    try withTemporaryDirectory { folder in
      let module = try KernelModuleFixture.compile(
        ["Empty.swift": "import BPFKernel", "pass.bpf.c": c], in: folder)
      #expect(module.object != nil)
      #expect(module.messages.contains("pass.bpf.c:4:7: warning: unused variable 'unused_count'"))
    }
  }

  @Test("A module of types, which other kernel modules share, has no object")
  func shared() throws {
    try withTemporaryDirectory { folder in
      let module = try KernelModuleFixture.compile(
        ["Key.swift": "import BPFKernel\npublic struct Key: BitwiseCopyable { public var port: UInt16 }"],
        in: folder)
      #expect(module.object == nil && module.messages.isEmpty)
      #expect(module.accessors == "// FixtureKernel has no programs.\n")
    }
  }

  @Test("Names of programs and maps do not collide with names of the generated C")
  func names() throws {
    let source = """
      import BPFKernel
      let count_ = ArrayMap<UInt64>(maxEntries: 1)
      nonisolated(unsafe) var context: UInt32 = 1
      @section("xdp") func count(_ c: XDPContext) -> XDPAction {
        count_.withValue(of: 0) { $0 &+= UInt64(context) }
        return .pass
      }
      """
    let (file, _, _) = try compile(["Names.swift": source])
    #expect(file.programs.names == ["count"] && file.maps["count_"] != nil)
  }

  @Test(
    "A closure that the kernel calls has a name and a prototype that the kernel accepts",
    .enabled(if: KernelAccess.isRoot))
  func functions() throws {
    let source = """
      import BPFKernel
      let sums = ArrayMap<UInt64>(maxEntries: 1)
      @section("xdp") func add(_ context: XDPContext) -> XDPAction {
        bpfLoop(1000, nil) { index, _ in
          sums.withValue(of: 0) { $0 &+= index }
          return 0
        }
        return .pass
      }
      """
    let (file, _, _) = try compile(["Sums.swift": source], options: ["-Ounchecked"])
    let types = try #require(file.types)
    let callbacks = Set(types.ids(of: .function).map { types[$0]?.name ?? "" }).subtracting(["add"])
    #expect(callbacks.count == 1 && callbacks.allSatisfy { $0.wholeMatch(of: /[A-Za-z_]\w*/) != nil })
    #expect(try file.load().programs.names == ["add"])
  }
}
