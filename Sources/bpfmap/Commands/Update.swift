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
    usage: """
      bpfmap update MAP key DATA|--key JSON value VALUE|--value JSON [--no-exist | --exist]
                    [--lock] [--all-cpus]
      """,
    discussion: """
      VALUE is data as for `bpfmap lookup`. In a per-CPU map every CPU has a value of
      its own, and the kernel takes all at once: write one for each CPU, or the same
      for all with --all-cpus.

      In a map that holds objects VALUE is one of them:
        id 12, pinned PATH     a program, or in a map of maps a map
        path /sys/fs/cgroup/x  a control group
        pid PID fd FD          a socket or perf event that a process has open
        fd FD                  any of them, inherited from the caller

      If the map has BTF, --key and --value write JSON by their types, as `bpfmap
      lookup` and `dump` show it with --json. Members that are missing are zero. In
      a per-CPU map --value is an array with a value for each CPU, or one value with
      --all-cpus.

      Examples:
        bpfmap update name hits key ipv4:10.0.0.1 value u64:5
        bpfmap update id 12 key 0a 0b 00 00 value u64:5 --no-exist
        bpfmap update name events --key 42 --value '{"pid":7,"comm":"bash"}'
        bpfmap update name percpu key u32:0 value u64:0 --all-cpus
        bpfmap update name percpu key u32:0 value cpu0 u64:1 cpu1 u64:2
        bpfmap update name outer key u32:0 value pinned /sys/fs/bpf/inner
        bpfmap update name groups key u32:0 value path /sys/fs/cgroup/web
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

  @OptionGroup var typedKey: KeyOption
  @OptionGroup var typedValue: ValueOption
  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    guard !(noExist && exist) else { throw Failure.usage("--no-exist and --exist exclude each other") }
    let words = try ElementWords(
      words, key: .required, value: .required, keyJSON: typedKey.json, valueJSON: typedValue.json)
    let map = try words.map.openToWrite()
    guard !map.type.isKeyless else { throw Failure.unsupported("\(map) has no keys; use 'push'") }
    guard let written = words.key, let value = words.value else { return }
    let types = KnownTypes(of: map, ifOfUse: words.needTypes)
    guard map.type.isPerCPU || !allCPUs else {
      throw Failure.usage("--all-cpus is for per-CPU maps, and \(map) is none")
    }
    try map.withKey(written, types) { key in
      if case .object(let object) = value {
        // The kernel takes a descriptor's number for the value, and keeps the object.
        try object.withDescriptor(asValueOf: map) { descriptor in
          try map.update(key, to: map.descriptorBytes(descriptor, map.valueSize), flags: flags)
        }
      } else if map.type.isPerCPU {
        try map.updatePerCPU(key, to: perCPU(value, of: map, types), flags: flags)
      } else {
        try map.checkNumbersAreValues()
        try map.update(key, to: map.onlyValue(value, types), flags: flags)
      }
    }
    try output.done("the element of \(map) was written", isJSON: format.isJSON)
  }

  private var flags: MapFlags {
    var flags: MapFlags = noExist ? .noExist : exist ? .exist : []
    if lock { flags.insert(.lock) }
    return flags
  }

  // MARK: - Per-CPU maps

  /// The values of all CPUs, which the kernel takes at once.
  private func perCPU(_ value: WrittenValue, of map: MapHandle, _ types: KnownTypes) throws -> [[UInt8]] {
    let cpus = try PossibleCPUs.current().ids
    switch value {
    case .perCPU(let data): return try values(data, cpus, of: map)
    case .json(let text) where !allCPUs: return try values(json: text, cpus, of: map, types)
    case .data where !allCPUs: throw Failure.usage(missing(of: map, "'value cpu0 DATA cpu1 DATA …'"))
    default: return Array(repeating: try map.onlyValue(value, types), count: cpus.count)
    }
  }

  private func missing(of map: MapHandle, _ form: String) -> String {
    "\(map) has a value for each CPU: add --all-cpus to set all alike, or write \(form)"
  }

  private func values(_ data: [Int: Datum], _ cpus: [Int], of map: MapHandle) throws -> [[UInt8]] {
    guard !allCPUs else { throw Failure.usage("--all-cpus takes one value, not one for each CPU") }
    if let stray = data.keys.sorted().first(where: { !cpus.contains($0) }) {
      throw Failure.usage(
        "there is no cpu\(stray): this machine has \(cpus.map { "cpu\($0)" }.joined(separator: " "))")
    }
    return try cpus.map { cpu in
      guard let datum = data[cpu] else {
        throw Failure.usage("no value for cpu\(cpu): the kernel takes those of all CPUs at once")
      }
      return try map.value(datum)
    }
  }

  private func values(
    json text: String, _ cpus: [Int], of map: MapHandle, _ types: KnownTypes
  ) throws -> [[UInt8]] {
    guard let values = try map.values(json: text, types) else {
      throw Failure.usage(missing(of: map, "--value as an array with one for each"))
    }
    guard values.count == cpus.count else {
      throw Failure.usage(
        "--value has \(values.count) value\(values.count == 1 ? "" : "s"), but this machine has \(cpus.count) CPUs"
      )
    }
    return values
  }
}
