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

@Suite("Iterators", .bpftool)
struct IteratorTests {
  let object: Object

  init() throws { object = try FixtureObjects(beside: #filePath).object("iterators").load() }

  private func program(_ name: String) throws -> Program { try #require(object.programs[name]) }

  private static func lines(_ bytes: [UInt8]) -> [[Int32]] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: " ").compactMap { Int32($0) }
    }
  }

  @Test("A task iterator visits all tasks, those of a process, or one thread", .kernel(since: "6.1"))
  func tasks() throws {
    let program = try program("tasks")
    let all = try program.attach()
    let own = Self.lines(try all.read()).filter { $0[0] == getpid() }
    #expect(own.contains([getpid(), getpid()]))
    let everything = try #require(all.info().target.iterator)
    #expect(everything.name == "task" && everything.task == nil && everything.mapID == nil)
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(all.id))")
    #expect(theirs["type"].string == "iter" && theirs["target_name"].string == "task")
    let process = try program.attachIterator(over: .process(getpid()))
    let listed = Self.lines(try process.read())
    #expect(!listed.isEmpty && listed.allSatisfy { $0[0] == getpid() })
    let thread = try program.attachIterator(over: .thread(getpid()))
    #expect(Self.lines(try thread.read()) == [[getpid(), getpid()]])
    let odd = #expect(throws: BPFError.self) {
      try thread.read(as: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64).self)
    }
    #expect(odd?.code == .wrongSize)
    let one = try #require(thread.info().target.iterator)
    #expect(one.name == "task" && one.task?.threadID == UInt32(getpid()))
  }

  @Test("Reading in pieces returns the same output, and then empty arrays")
  func pieces() throws {
    let link = try program("tasks").attachIterator(over: .thread(getpid()))
    let reader = try link.makeIteratorReader()
    var text: [UInt8] = []
    while true {
      let piece = try reader.read(upTo: 7)
      if piece.isEmpty { break }
      #expect(piece.count <= 7)
      text += piece
    }
    #expect(Self.lines(text).contains([getpid(), getpid()]))
    #expect(try reader.read().isEmpty && reader.readToEnd().isEmpty)
  }

  @Test("A pinned iterator is a readable file", .kernel(since: "6.1"))
  func pinned() throws {
    try withBPFFileSystem { files in
      let path = files.appending("tasks")
      try program("tasks").attachIterator(over: .thread(getpid())).pin(at: path)
      #expect(try Command.run("cat", [path.string]).standardOutput == "\(getpid()) \(getpid())\n")
      try Link(pinnedAt: path).unpin(from: path)
    }
  }

  struct Element: BitwiseCopyable, Equatable {
    var key: UInt32
    var padding: UInt32 = 0
    var value: UInt64
  }

  /// The error of loading an iterator over map elements, which some kernels are built to reject; nil if it loads.
  private static let elementRefusal: Result<BPFError?, any Error> = Result {
    let file = try FixtureObjects(beside: #filePath).object("elements")
    do throws(BPFError) { _ = try file.load() } catch { return error }
    return nil
  }

  private static var hasElements: Bool {
    guard case .success(.some) = elementRefusal else { return true }
    return false
  }

  @Test("An iterator over map elements loads, or the error names its program type")
  func elementRefusal() throws {
    guard let error = try Self.elementRefusal.get() else {
      #expect(Self.hasElements)
      return
    }
    #expect(error.code == .permissionDenied && error.programName == "elements")
    #expect(error.explanation.contains("this kernel forbids programs of type tracing"))
  }

  @Test(
    "Reads the elements of a map as records",
    .enabled(if: Self.hasElements, "this kernel lacks iterators over the elements of maps"))
  func elements() throws {
    let object = try FixtureObjects(beside: #filePath).object("elements").load()
    let map = try HashMap<UInt32, UInt64>(maxEntries: 10_000)
    for key in UInt32(0)..<5000 { try map.update(key, to: UInt64(key) * 3) }
    let elements = try object.program("elements")
    let link = try elements.attachIterator(over: .map(map.handle))
    let target = try #require(link.info().target.iterator)
    #expect(target.name == "bpf_map_elem" && target.mapID == map.handle.id)
    #expect("\(target)" == "iterator over 'bpf_map_elem' of map \(map.handle.id)")
    for _ in 0..<2 {
      let records = try link.read(as: Element.self).sorted { $0.key < $1.key }
      #expect(records == (UInt32(0)..<5000).map { Element(key: $0, value: UInt64($0) * 3) })
    }
    let none = #expect(throws: BPFError.self) { try elements.attach() }
    #expect(none?.code == .invalidArgument)
    let small = try MapHandle(type: .hash, keySize: 2, valueSize: 2, maxEntries: 8)
    let narrow = #expect(throws: BPFError.self) { try elements.attachIterator(over: .map(small)) }
    #expect(narrow?.code == .invalidArgument)
  }

  @Test("A control group iterator visits one group, or it and its ancestors", .kernel(since: "6.1"))
  func groups() throws {
    let group = try TemporaryCgroup()
    let descriptor = FileDescriptor(rawValue: group.descriptor.number)
    let link = try program("groups").attachIterator(over: .cgroup(descriptor, .selfOnly))
    #expect(try link.read(as: UInt64.self) == [group.id])
    let named = try program("groups").attachIterator(over: .cgroupPath(FilePath(group.path), .selfOnly))
    #expect(try named.info().target.iterator == link.info().target.iterator)
    let missing = #expect(throws: BPFError.self) {
      try program("groups").attachIterator(over: .cgroupPath("/no/such/group", .selfOnly))
    }
    #expect(missing?.code == .notFound)
    let above = try program("groups").attachIterator(over: .cgroup(descriptor, .ancestors))
    let ids = try above.read(as: UInt64.self)
    #expect(ids.first == group.id && ids.count > 1)
    let target = try #require(link.info().target.iterator)
    #expect(target.name == "cgroup" && target.cgroup?.id == group.id && target.cgroup?.order == 1)
  }

  @Test(
    "Rejects a scope that does not fit, and updates an iterator's program", .kernel(since: "6.1"))
  func refusals() throws {
    let map = try MapHandle(type: .queue, keySize: 0, valueSize: 8, maxEntries: 8)
    let scope = #expect(throws: BPFError.self) { try program("groups").attachIterator(over: .map(map)) }
    #expect(scope?.code == .invalidArgument)
    let link = try program("tasks").attachIterator(over: .thread(getpid()))
    let other = try FixtureObjects(beside: #filePath).object("iterators").load()
    try link.update(to: other.program("tasks"))
    #expect(try link.info().programID == other.program("tasks").id)
    let event = try TracingPrograms()["on_entry"].attach()
    let none = #expect(throws: BPFError.self) { try event.read() }
    #expect(none?.code == .wrongObject)
  }
}
