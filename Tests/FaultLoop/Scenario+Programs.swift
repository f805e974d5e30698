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
  /// An object that asks for the kernel's types, options and functions; its variables, maps, pins. A map
  /// whose types the kernel refuses is created without them.
  static let objects = Scenario(name: "objects", ways: 2, documentedDifferences: [.notPermitted]) {
    surroundings in
    var file = try ObjectFile(surroundings.object("objects"))
    try file.setVariable("step", to: 3 as UInt64)
    let object = try file.load()
    let run = try object.program("count").run()
    var seen = ["returned \(run.returnValue), total \(try object.variable("total", as: UInt64.self))"]
    seen.append("hz \(try object.variable("hz", as: UInt64.self) > 0)")
    seen.append("version \(try object.variable("version", as: UInt64.self) > 0)")
    let hits = try object.map("hits")
    let value = try hits.lookup([1, 0, 0, 0]) ?? []
    seen.append("hit \(value.prefix(1)) \(value.count)")
    seen.append("types \(try hits.info().btfID != 0) \(try hits.elementTypes()?.value?.name ?? "none")")
    seen.append("warnings \(object.warnings.map { "\($0)" })")

    // All pins or none.
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

  /// A program on a tracepoint, and one on a function of the C library. Where the number of the kind of probe in /sys
  /// cannot be read, the probe is set through the file system for tracing: the link is then of no type.
  static let links = Scenario(
    name: "links", ways: 2, documentedDifferences: [.permissionDenied, .ioError]
  ) { surroundings in
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

  /// Programs on a network interface, by links of the kernel and by netlink.
  static let networkLinks = Scenario(name: "network-links", isolatesNetwork: true) { surroundings in
    let object = try tracing(surroundings)
    let loopback = try NetworkInterface(named: "lo")
    var seen = ["\(loopback.index)"]
    let frames = try object.program("on_frame").attach(toXDPOf: loopback, mode: .generic)
    let packets = try object.program("on_packet").attach(toTrafficOf: loopback, .egress)
    seen.append("\(try frames.info().type) \(try packets.info().type)")
    try frames.detach()
    try packets.detach()
    let classifier = try object.program("on_class").attach(toClassifierOf: loopback, .ingress, priority: 7)
    try classifier.detach()
    try loopback.removeClassifiers()
    return seen.joined(separator: "\n")
  }

  /// An object that asks for the address of a symbol. To look for it takes half a second: each call fails in one way.
  static let symbols = Scenario(name: "symbols", ways: 1) { surroundings in
    let object = try ObjectFile(surroundings.object("symbols")).load()
    let run = try object.program("find").run()
    return "\(run.returnValue) \(try object.variable("address", as: UInt64.self) != 0)"
  }

  private static func tracing(_ surroundings: Surroundings) throws -> Object {
    var file = try ObjectFile(surroundings.object("links"))
    try file.setVariable("process", to: getpid())
    return try file.load()
  }

  /// A ring buffer and a perf buffer, each with one record.
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

/// The names of the files in a directory, none if there is none.
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
