//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Glibc
import SystemPackage

/// What is checked, in the folder that holds the compiled programs; ends with an error if any of it is wrong.
struct Check {
  let folder: FilePath
  let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
  private(set) var wrong = 0

  private mutating func expect(_ isRight: Bool, _ what: String) {
    print(isRight ? "ok    \(what)" : "WRONG \(what)")
    if !isRight { wrong += 1 }
  }

  private mutating func part(_ name: String, _ body: (inout Check) throws -> Void) {
    do {
      try body(&self)
    } catch {
      print("WRONG \(name): \(error)")
      wrong += 1
    }
  }

  mutating func run() {
    print("pages of \(pageSize) bytes")
    part("maps") { try $0.checkMaps() }
    part("rings") { try $0.checkRings() }
    part("system calls") { try $0.checkSystemCalls() }
    part("static probes") { try $0.checkStaticProbes("on_single_static") }
    part("static probes") { try $0.checkStaticProbes("on_static") }
    part("probes of functions") { try $0.checkFunctions() }
    print(wrong == 0 ? "all is right" : "\(wrong) WRONG")
  }

  private mutating func checkMaps() throws {
    let map = try HashMap<UInt32, UInt64>(name: "hits", maxEntries: 1000)
    for number in UInt32(0)..<1000 { try map.update(number, to: UInt64(number) * 3) }
    expect(try map.entries().count == 1000, "elements of a hash map")
    expect(try map.lookup(77) == 231, "one of them")
    let array = try ArrayMap<UInt64>(maxEntries: 5000, options: MapOptions(flags: .mmapable))
    try array.update(4999, to: 9)
    expect(try MappedArray<UInt64>(array.handle)[4999] == 9, "a mapped array")
    _ = try PerCPUHashMap<UInt32, UInt64>(maxEntries: 8)
  }

  private mutating func checkRings() throws {
    _ = try RingBuffer(
      MapHandle(type: .ringBuf, name: "ring", keySize: 0, valueSize: 0, maxEntries: pageSize))
    do {
      _ = try MapHandle(type: .ringBuf, name: "ring", keySize: 0, valueSize: 0, maxEntries: pageSize / 2)
      expect(false, "half a page is no ring")
    } catch {
      expect(error.explanation.contains("\(pageSize)"), "half a page is refused: \(error)")
    }
    let sender = try UserRingBuffer(
      MapHandle(type: .userRingBuf, name: "ring", keySize: 0, valueSize: 0, maxEntries: pageSize))
    var sent = 0
    while try sender.send([UInt8](repeating: 1, count: 8)) { sent += 1 }
    expect(sent == pageSize / 16, "records that a ring of a page takes: \(sent)")
  }

  private func load(_ name: String, leavingOut: [String] = []) throws -> Object {
    var file = try ObjectFile(folder.appending("\(name).bpf.o"))
    try file.setVariable("process", to: getpid())
    for name in leavingOut { file.programs[name]?.isLoaded = false }
    return try file.load()
  }

  private mutating func checkSystemCalls() throws {
    let object = try load("calls")
    let links = [try object.program("on_kill").attach(), try object.program("on_killed").attach()]
    _ = kill(0x3fffff1, 0)
    expect(try object.variable("calls", as: UInt64.self) == 2, "calls of kill: \(links)")
    let killed: [4 of Int] = try object.variable("arguments")
    expect(killed[0] == 0x3fffff1 && killed[1] == 0, "their arguments")
    expect(try object.variable("result", as: Int.self) == -Int(ESRCH), "their result")
    for link in links { try link.detach() }

    let link = try object.program("on_setsockopt").attach()
    _ = setsockopt(0x456, 0x111, 0x222, UnsafeRawPointer(bitPattern: 0x1234), 77)
    let set: [4 of Int] = try object.variable("arguments")
    expect(
      set[0] == 0x456 && set[1] == 0x111 && set[2] == 0x222 && set[3] == 77, "five arguments of setsockopt")
    try link.detach()
  }

  private var library: FilePath { folder.appending("probed.so") }

  private func call(_ function: String, _ first: Int, _ second: Int = 0, _ third: Int = 0) throws -> Int {
    guard let library = dlopen(library.string, RTLD_NOW), let address = dlsym(library, function) else {
      throw Errno.noSuchFileOrDirectory
    }
    typealias Function = @convention(c) (Int, Int, Int) -> Int
    return unsafeBitCast(address, to: Function.self)(first, second, third)
  }

  private mutating func checkStaticProbes(_ name: String) throws {
    let object = try load("probes", leavingOut: ["on_session"])
    let link = try object.program(name).attach(
      toUSDT: "static", provider: "probed", of: library, process: 0, cookie: 5)
    let table = [10, 20, 30]
    try table.withUnsafeBufferPointer {
      _ = try call("probed_static", -100, Int(bitPattern: $0.baseAddress), 2)
    }
    let seen: [6 of Int] = try object.variable("arguments")
    expect(
      seen[0] == -100 && seen[2] == 7 && seen[3] == 30 && seen[4] == -42 && seen[5] == 156,
      "a static probe's arguments, for \(name)")
    expect(
      try object.variable("cookie", as: UInt64.self) == 5 && object.variable("result", as: Int.self) == 6,
      "its cookie, and their number")
    try link.detach()
    let counted = try object.program(name).attach(toUSDT: "counted", provider: "probed", of: library)
    expect(try call("probed_counted", 0) & 0xffff >= 1, "its counter of those who listen")
    try counted.detach()
  }

  private mutating func checkFunctions() throws {
    let object = try load("probes", leavingOut: ["on_session"])
    let entry = try object.program("on_call").attach(toUprobe: "probed_sum", of: library)
    _ = try call("probed_sum", 31, 11)
    let seen: [6 of Int] = try object.variable("arguments")
    expect(seen[0] == 31 && seen[1] == 11, "arguments of a function")
    try entry.detach()
    let end = try object.program("on_return").attach(toUprobe: "probed_product", of: library, isReturn: true)
    _ = try call("probed_product", 6, 7)
    expect(try object.variable("result", as: Int.self) == 42, "what a function returns")
    try end.detach()
    expect(
      try !ExecutableFile("libc.so.6").functions(matching: "getppid").isEmpty, "functions of the C library")
  }
}

var check = Check(folder: FilePath(CommandLine.arguments.dropFirst().first ?? "/"))
check.run()
exit(check.wrong == 0 ? 0 : 1)
