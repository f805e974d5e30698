//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Scenario {
  /// Uses an object: its variables, its typed map, its pins.
  static let objects = Scenario(name: "objects") { surroundings in
    var file = try ObjectFile(surroundings.object("objects"))
    try file.setVariable("step", to: 3 as UInt64)
    let object = try file.load()
    let run = try object.program("count").run()
    var seen = ["returned \(run.returnValue), total \(try object.variable("total", as: UInt64.self))"]
    let hits = try object.map("hits")
    let value = try hits.lookup([1, 0, 0, 0]) ?? []
    seen.append("hit \(value.prefix(1)) \(value.count)")
    seen.append("types \(try hits.info().btfID != 0), warnings \(object.warnings)")

    // Pins all parts or none.
    let directory = surroundings.pins.appending("object")
    do {
      seen.append("pins \(try object.pin(in: directory).keys.sorted())")
    } catch {
      let left = try names(in: directory)
      guard left.isEmpty else { throw Unexpected("pinning failed (\(error)) and left \(left)") }
      throw error
    }
    let program = try Program(pinnedAt: directory.appending("count"))
    seen.append("program \(try program.info().name) \(program.id == (try object.program("count").id))")
    return seen.joined(separator: "\n")
  }

  /// Loads an object that uses the kernel's types, configuration and kfuncs.
  static let kernel = Scenario(name: "kernel") { surroundings in
    let object = try ObjectFile(surroundings.object("kernel")).load()
    let run = try object.program("look").run()
    let hasOptions = try ["hz", "version"].map { try object.variable($0, as: UInt64.self) > 0 }
    let process = try object.variable("process", as: UInt64.self)
    return "returned \(run.returnValue) \(hasOptions) \(process == UInt64(getpid())) \(object.warnings)"
  }

  /// Attaches a program to a tracepoint, and one to a function of the C library. Where the process may not read the
  /// probe's PMU type in /sys, the library uses tracefs instead, and the link has no type.
  static let links = Scenario(name: "links", documentedDifferences: [.permissionDenied]) { surroundings in
    let object = try tracing(surroundings)
    var seen: [String] = []
    for (name, call) in [("on_entry", { _ = getppid() }), ("on_call", { _ = getsid(0) })] {
      let link = try object.program(name).attach()
      let before = try object.variable("calls", as: UInt64.self)
      for _ in 0..<5 { call() }
      let after = try object.variable("calls", as: UInt64.self)
      seen.append("\(name) \(after - before) \(link.type == .perfEvent)")
      try link.detach()
    }
    return seen.joined(separator: "\n")
  }

  /// Attaches programs to a network interface, by links and by netlink.
  static let networkLinks = Scenario(name: "network-links", isolatesNetwork: true) { surroundings in
    let object = try tracing(surroundings)
    let loopback = try NetworkInterface(named: "lo")
    var seen = ["\(loopback.index)"]
    let frames = try object.program("on_frame").attach(toXDPOf: loopback, mode: .generic)
    let packets = try object.program("on_packet").attach(toTCXOf: loopback, .egress)
    seen.append("\(try frames.info().type) \(try packets.info().type)")
    try frames.detach()
    try packets.detach()
    let classifier = try object.program("on_class").attach(toClsactOf: loopback, .ingress, priority: 7)
    try classifier.detach()
    try loopback.removeClsact()
    return seen.joined(separator: "\n")
  }

  /// Loads an object that uses the address of a kernel symbol.
  static let symbols = Scenario(name: "symbols") { surroundings in
    let object = try ObjectFile(surroundings.object("symbols")).load()
    let run = try object.program("find").run()
    return "\(run.returnValue) \(try object.variable("address", as: UInt64.self) != 0)"
  }

  private static func tracing(_ surroundings: Surroundings) throws -> Object {
    var file = try ObjectFile(surroundings.object("links"))
    try file.setVariable("process", to: getpid())
    return try file.load()
  }

  /// Reads one record each from a ring buffer and a perf buffer.
  static let events = Scenario(name: "events") { surroundings in
    let object = try ObjectFile(surroundings.object("events")).load()
    let ring = try RingBuffer(object.map("ring"))
    let samples = try PerfBuffer(object.map("samples"))
    let run = try object.program("send").run(context: [UInt8](repeating: 0, count: 16), flags: .onCPU, cpu: 0)
    var (numbers, cpus): ([UInt8], [Int]) = ([], [])
    try ring.poll(timeout: .seconds(5)) { numbers.append($0.unsafeLoad(as: UInt8.self)) }
    try samples.poll(timeout: .seconds(5)) { record in
      if case .sample(let cpu, _) = record { cpus.append(cpu) }
    }
    let rest = try ring.consume { _ in } + samples.consume { _ in }
    return "\(run.returnValue) \(numbers) \(cpus) \(rest)"
  }
}

/// Returns the names of the files in a directory, or an empty array if it does not exist.
func names(in directory: FilePath) throws -> [String] {
  guard let stream = opendir(directory.string) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
