//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Update: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Set the value of a key.",
    usage: "bpfmap update MAP key DATA value VALUE [--no-exist | --exist] [--lock] [--all-cpus]",
    discussion: """
      VALUE is data as for `bpfmap lookup`. In a map of maps it is a map: `value
      id 12`. In a per-CPU map every CPU has a value of its own, and the kernel
      takes all at once: write one for each CPU, or the same for all with
      --all-cpus.

      Examples:
        bpfmap update name hits key ipv4:10.0.0.1 value u64:5
        bpfmap update id 12 key 0a 0b 00 00 value u64:5 --no-exist
        bpfmap update name percpu key u32:0 value u64:0 --all-cpus
        bpfmap update name percpu key u32:0 value cpu0 u64:1 cpu1 u64:2
        bpfmap update name outer key u32:0 value pinned /sys/fs/bpf/inner
      """)

  @Argument(help: "The map, the key, and its new value.", completion: MapCompletion.elementWords)
  var words: [String] = []

  @Flag(help: "Only if there is no such key yet.")
  var noExist = false

  @Flag(help: "Only if the key is there already.")
  var exist = false

  @Flag(help: "Hold the spin lock in the value while it is written (BPF_F_LOCK).")
  var lock = false

  @Flag(name: .customLong("all-cpus"), help: "Set the same value for every CPU of a per-CPU map.")
  var allCPUs = false

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    guard !(noExist && exist) else { throw Failure.usage("--no-exist and --exist exclude each other") }
    let words = try ElementWords(words, key: .required, value: .required)
    let map = try words.map.openToWrite()
    guard !map.type.isKeyless else { throw Failure.unsupported("\(map) has no keys; use 'push'") }
    guard let datum = words.key, let value = words.value else { return }
    let key = try map.key(datum)
    guard map.type.isPerCPU || !allCPUs else {
      throw Failure.usage("--all-cpus is for per-CPU maps, and \(map) is none")
    }
    switch value {
    case .map(let selector): try put(selector, in: map, key)
    case .data(let datum) where map.type.isPerCPU: try putForAllCPUs(datum, in: map, key)
    case .data(let datum):
      try map.checkNumbersAreValues()
      try map.update(key, to: map.value(datum), flags: flags)
    case .perCPU(let data): try put(data, in: map, key)
    }
    try output.done(isJSON: format.isJSON)
  }

  private var flags: MapFlags {
    var flags: MapFlags = noExist ? .noExist : exist ? .exist : []
    if lock { flags.insert(.lock) }
    return flags
  }

  private func put(_ selector: MapSelector, in map: MapHandle, _ key: [UInt8]) throws {
    guard map.holdsMaps else {
      throw Failure.usage("\(map) holds no maps: write its value as data, like u32:42")
    }
    let inner = try selector.open()
    // The kernel takes a descriptor's number for the value, and keeps the map.
    try inner.withFileDescriptor { (descriptor) throws(BPFError) in
      try map.update(key, to: FieldType.hostOrder(descriptor.rawValue), flags: flags)
    }
  }

  private func putForAllCPUs(_ datum: Datum, in map: MapHandle, _ key: [UInt8]) throws {
    guard allCPUs else {
      throw Failure.usage(
        "\(map) has a value for each CPU: add --all-cpus to set all alike, or write 'value cpu0 DATA cpu1 DATA …'"
      )
    }
    let value = try map.value(datum)
    let count = try PossibleCPUs.current().count
    try map.updatePerCPU(key, to: Array(repeating: value, count: count), flags: flags)
  }

  private func put(_ data: [Int: Datum], in map: MapHandle, _ key: [UInt8]) throws {
    guard map.type.isPerCPU else { throw Failure.usage("\(map) has one value for all CPUs: leave cpu… out") }
    guard !allCPUs else { throw Failure.usage("--all-cpus takes one value, not one for each CPU") }
    let cpus = try PossibleCPUs.current().ids
    if let stray = data.keys.sorted().first(where: { !cpus.contains($0) }) {
      throw Failure.usage(
        "there is no cpu\(stray): this machine has \(cpus.map { "cpu\($0)" }.joined(separator: " "))")
    }
    let values = try cpus.map { cpu in
      guard let datum = data[cpu] else {
        throw Failure.usage("no value for cpu\(cpu): the kernel takes those of all CPUs at once")
      }
      return try map.value(datum)
    }
    try map.updatePerCPU(key, to: values, flags: flags)
  }
}
