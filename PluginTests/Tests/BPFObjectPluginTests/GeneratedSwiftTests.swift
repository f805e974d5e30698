//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

/// Tests the Swift that the plugin generated from Programs/every_kind.bpf.c.
@Suite("Generated Swift")
struct GeneratedSwiftTests {
  @Test("Types have their C sizes")
  func sizes() throws {
    let types = try #require(EveryKind.objectFile().types)
    func size(_ kind: BTFKind, _ name: String) -> Int? { types.find(kind, named: name)?.byteCount }
    #expect(size(.structure, "flow_key") == MemoryLayout<EveryKind.FlowKey>.size)
    #expect(size(.structure, "flow") == MemoryLayout<EveryKind.Flow>.size)
    #expect(size(.union, "number") == MemoryLayout<EveryKind.Number>.size)
    #expect(size(.structure, "flags") == MemoryLayout<EveryKind.Flags>.size)
    #expect(size(.structure, "header") == MemoryLayout<EveryKind.Header>.size)
    #expect(size(.structure, "address") == MemoryLayout<EveryKind.Address>.size)
    #expect(MemoryLayout<EveryKind.Header>.stride == 7)
    // No map and no variable has these types.
    #expect(size(.structure, "event") == MemoryLayout<EveryKind.Event>.size)
    #expect(MemoryLayout<EveryKind.PairT>.size == 8)
    #expect("\(EveryKind.Reason.full)" == "REASON_FULL")
    #expect(size(.structure, "endpoint") == MemoryLayout<EveryKind.Endpoint>.size)
    #expect(size(.structure, "question") == MemoryLayout<EveryKind.Question>.size)
  }

  @Test("Comparisons ignore padding")
  func equality() {
    let one = EveryKind.FlowKey(address: 1, port: 2, protocol: 3)
    #expect(one == EveryKind.FlowKey(address: 1, port: 2, protocol: 3))
    #expect(one != EveryKind.FlowKey(address: 1, port: 2, protocol: 4))
    #expect(Set([one, one, EveryKind.FlowKey()]).count == 2)
    var comm = EveryKind.Event()
    comm.comm[15] = 1
    #expect(comm != EveryKind.Event())
  }

  @Test("Enumerations keep unnamed values")
  func enumerations() {
    #expect(EveryKind.Verdict.drop.rawValue == 7)
    #expect("\(EveryKind.Verdict.drop)" == "VERDICT_DROP")
    #expect("\(EveryKind.Verdict(rawValue: 9))" == "9")
  }

  @Test("Enumerations compare by raw value")
  func order() {
    let verdicts = [EveryKind.Verdict(rawValue: 9), .drop, .pass]
    #expect(verdicts.sorted() == [.pass, .drop, EveryKind.Verdict(rawValue: 9)])
  }

  @Test("Escapes keywords and resolves name collisions")
  func names() {
    var odd = EveryKind.OddNames()
    (odd.self_, odd.init_, odd.in, odd.class, odd._1) = (1, 2, 3, 4, 5)
    (odd.hashValue_, odd.rxBytes, odd.rxBytes_, odd.storage_) = (6, 7, 8, 9)
    (odd.type, odd.description) = (10, 11)
    #expect(
      odd
        == EveryKind.OddNames(
          self_: 1, init_: 2, in: 3, class: 4, _1: 5, hashValue_: 6, rxBytes: 7, rxBytes_: 8, storage_: 9,
          type: 10, description: 11))
  }

  @Test("Options in compile_flags.txt extend and replace those of the plugin")
  func compilerOptions() throws {
    let variables = try Options.Blueprint().variables
    #expect((variables.level, variables.answer) == (2, 42))
  }

  @Test("A blueprint has the initial values of the source")
  func blueprint() throws {
    var blueprint = try EveryKind.Blueprint()
    #expect(blueprint.variables.limit == 5)
    #expect(blueprint.variables.enabled == false)
    #expect(blueprint.variables.chosen == EveryKind.FlowKey(address: 1, port: 2, protocol: 3))
    #expect(blueprint.variables.start == -3)
    #expect(blueprint.variables.verdict == .drop)
    #expect(blueprint.variables.large.count == 20_000)
    blueprint.variables.table[1] = 7
    #expect(blueprint.variables.table[1] == 7)
    #expect(try EveryKind.Blueprint().variables.table[1] == 0)
  }
}

/// Tests of the loaded object.
@Suite("Generated Swift, loaded", .loading)
struct LoadedGeneratedSwiftTests {
  private let packet = [UInt8](repeating: 0, count: 64)
  private let key = EveryKind.FlowKey(address: 10, port: 20, protocol: 30)

  private func loaded() throws -> EveryKind {
    var blueprint = try EveryKind.Blueprint()
    blueprint.variables.chosen = key
    blueprint.variables.enabled = true
    blueprint.variables.limit = 40
    return try blueprint.load()
  }

  @Test("Swift reads values that the kernel wrote")
  func read() throws {
    let object = try loaded()
    #expect(try object.programs.fill.run(data: packet).signedReturnValue == -3)
    let flow = try #require(try object.maps.flows[key])
    #expect(flow.seen)
    #expect(flow.verdict == .drop)
    #expect(flow.rxPackets == 1 << 40)
    #expect(String(flow.comm) == "swift")
    #expect((0..<4).map { flow.number.bytes[$0] } == [1, 2, 3, 4])
    #expect(flow.number.whole == UInt32(littleEndian: 0x0403_0201))
    #expect((flow.flags.ready, flow.flags.level) == (1, -7))
    #expect((flow.flags.verdict, flow.flags.wide) == (.drop, 0x12_3456_789a))
    #expect((flow.headers[1].kind, flow.headers[1].length, flow.headers[1].port) == (4, 5, 6))
    #expect((0..<2).map { row in (0..<3).map { flow.grid[row][$0] } } == [[-1, 2, -3], [4, -5, 6]])
    #expect((flow.pair.a, flow.pair.b, flow.nameless) == (7, 8, -9))
    #expect((flow.address.family, flow.address.ipv4) == (2, 0x0a00_0001))
    #expect(flow.keys[1] == EveryKind.FlowKey(address: 4, port: 5, protocol: 6))
  }

  @Test("The kernel reads values that Swift wrote")
  func written() throws {
    let object = try loaded()
    var flow = EveryKind.Flow(seen: true, verdict: .drop, rxPackets: 12, nameless: -1)
    (flow.comm[0], flow.comm[15]) = (UInt8(ascii: "k"), UInt8(ascii: "e"))
    flow.number.whole = UInt32(littleEndian: 0x0102_0304)
    (flow.flags.ready, flow.flags.level, flow.flags.verdict) = (1, -2, .drop)
    flow.flags.wide = 0xfe_dcba_9876
    (flow.headers[1].kind, flow.headers[1].length) = (9, 70000)
    flow.grid[1][2] = -32000
    flow.pair.b = 44
    flow.address.ipv6[15] = 0xee
    flow.keys[1].protocol = 17
    try object.maps.flows.update(key, to: flow)
    var state = EveryKind.Flags()
    state.level = -16
    try object.variables.setState(state)
    var table = try object.variables.table
    table[3] = 65535
    try object.variables.setTable(table)
    #expect(try object.programs.check.run(data: packet).returnValue == 0)
  }

  @Test("Numbers in network byte order and addresses have the kernel's values")
  func networkOrder() throws {
    let object = try loaded()
    var endpoint = EveryKind.Endpoint()
    endpoint.address = IPv4Address(10, 0, 0, 1)
    endpoint.address6 = try #require(IPv6Address("2001:db8::1"))
    endpoint.port = 8080
    endpoint.sequence = BigEndian(1 << 40)
    endpoint.words[1] = 7
    (endpoint.packed.port, endpoint.packed.address) = (53, IPv4Address(10, 0, 0, 2))
    (endpoint.bits.low, endpoint.kernel) = (5, IPv4Address(10, 0, 0, 3))
    try object.maps.endpoints.update(443, to: endpoint)
    try object.variables.setNetwork(0x0a00_0000)
    #expect(try object.programs.connect.run(data: packet).returnValue == 0)
    let other = try #require(try object.maps.endpoints[80])
    #expect((other.port.value, other.packed.port.value) == (80, 81))
    #expect(other.address == .loopback)
    #expect(try object.variables.gateway == .loopback)
    #expect(try object.variables.gateway6 == .loopback)
    #expect(try object.variables.network.value == 0x0a00_0000)
    _ = try HashMap<BigEndian<UInt16>, EveryKind.Endpoint>(object.maps.endpoints.handle, checkingTypes: true)
  }

  @Test("Exported types leave nothing else in the object")
  func exportedTypes() throws {
    let file = try EveryKind.objectFile()
    #expect(!file.maps.names.contains { $0.contains("export") })
    #expect(!file.variables.names.contains { $0.contains("export") })
    #expect(try file.load().maps.names == file.maps.names)
  }

  @Test("Reads variables while programs write them")
  func variables() throws {
    let object = try loaded()
    for _ in 0..<3 { _ = try object.programs.fill.run(data: packet) }
    #expect(try object.variables.total == 120)
    #expect(try object.variables.limit == 40)
    #expect(try object.variables.enabled)
    #expect(try object.variables.state.level == -7)
    #expect(try object.variables.table[2] == 300)
    #expect(try String(object.variables.text) == "kernel")
    #expect(try object.variables.large.last == 1)
    try object.variables.setStart(9)
    try object.variables.setVerdict(.pass)
    #expect(try object.programs.fill.run(data: packet).returnValue == 9)
    #expect(try object.variables.verdict == .pass)
  }

  @Test("Generated types pass the layout check of the map's BTF")
  func layoutCheck() throws {
    let maps = try loaded().maps
    _ = try HashMap<EveryKind.FlowKey, EveryKind.Flow>(maps.flows.handle, checkingTypes: true)
    _ = try ArrayMap<EveryKind.OddNames>(maps.names.handle, checkingTypes: true)
    _ = try PerCPUArrayMap<EveryKind.Flags>(maps.perCpu.handle, checkingTypes: true)
    _ = try LRUHashMap<EveryKind.Verdict, Bool>(maps.verdicts.handle, checkingTypes: true)
    _ = try LPMTrieMap<IPv4Address, EveryKind.Number>(maps.routes.handle, checkingTypes: true)
    _ = try QueueMap<EveryKind.Header>(maps.headers.handle, checkingTypes: true)
    _ = try HashOfMaps<EveryKind.FlowKey>(maps.tables.handle, checkingTypes: true)
    _ = try ProgramArray(maps.calls.handle, checkingTypes: true)
  }

  @Test("Rejects a type with a different layout")
  func otherLayout() throws {
    let flows = try loaded().maps.flows.handle
    struct Turned: BitwiseCopyable {
      var port: UInt16
      var protocol_: UInt8
      var address: UInt32
    }
    #expect(throws: BPFError.self) { try HashMap<Turned, EveryKind.Flow>(flows) }
  }

  @Test("Maps without known element types are handles, and keep their names")
  func otherMaps() throws {
    let maps = try loaded().maps
    #expect(try maps.events.type == .ringBuf)
    #expect(try maps.untyped.keySize == 4)
    try maps.headers.push(EveryKind.Header())
    #expect(try maps.headers.handle.valueSize == 7)
    try maps.verdicts.update(.drop, to: true)
    #expect(try maps.verdicts[.drop] == true)
    #expect(try maps.first.handle.name == "first")
  }

  @Test("Accessing a program that was not loaded throws an error that names it")
  func missing() throws {
    let error = #expect(throws: BPFError.self) { try loaded().programs.optional }
    #expect(error?.code == .notFound)
    #expect(error?.programName == "optional")
    #expect(error?.description.contains("'fill', 'check', 'connect', 'answer'") == true)
  }

  @Test("Changes of the object file persist unless the variable is set")
  func objectFile() throws {
    var blueprint = try EveryKind.Blueprint()
    blueprint.objectFile.maps["flows"]?.maxEntries = 3
    blueprint.objectFile.programs["optional"]?.isLoaded = true
    try blueprint.objectFile.setVariable("limit", to: UInt32(6))
    try blueprint.objectFile.setVariable("start", to: Int32(6))
    blueprint.variables.start = 7
    let object = try blueprint.load()
    #expect(try object.maps.flows.maxEntries == 3)
    #expect(try object.programs.optional.name == "optional")
    #expect(try object.variables.limit == 6)
    #expect(try object.variables.start == 7)
  }

  @Test("The plugin's compiler options prevent outlining of cold code")
  func coldCode() throws {
    #expect(try Cold.objectFile().programs.names == ["rarely"])
  }
}
