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
      VALUE is data; see `bpfmap help lookup`. In a per-CPU map, each CPU has its
      own value, and all are updated at once: write a value for each CPU, or one
      value for all CPUs with --all-cpus.

      In a map that holds objects, VALUE is an object:
        id 12, pinned PATH     a program, or a map in a map-in-map
        path /sys/fs/cgroup/x  a cgroup
        pid PID fd FD          a socket or perf event that a process has open
        fd FD                  any of these, as an inherited descriptor

      If the map has BTF, --key and --value accept JSON by their types, in the form
      that `bpfmap lookup --json` and `bpfmap dump --json` print as "formatted".
      Missing members are zero. In a per-CPU map, --value is an array with a value
      for each CPU, or a single value with --all-cpus.

      Examples:
        bpfmap update name hits key ipv4:10.0.0.1 value u64:5
        bpfmap update id 12 key 0a 0b 00 00 value u64:5 --no-exist
        bpfmap update name events --key 42 --value '{"pid":7,"comm":"bash"}'
        bpfmap update name percpu key u32:0 value u64:0 --all-cpus
        bpfmap update name percpu key u32:0 value cpu0 u64:1 cpu1 u64:2
        bpfmap update name outer key u32:0 value pinned /sys/fs/bpf/inner
        bpfmap update name groups key u32:0 value path /sys/fs/cgroup/web
      """)

  @Argument(help: "The map, the key, and its new value.", completion: MapCompletion.element)
  var arguments: [String] = []

  @Flag(help: "Fail if the key exists (BPF_NOEXIST).")
  var noExist = false

  @Flag(help: "Fail if the key does not exist (BPF_EXIST).")
  var exist = false

  @Flag(help: "Hold the value's spin lock while it is written (BPF_F_LOCK).")
  var lock = false

  @Flag(name: .customLong("all-cpus"), help: "Set the same value for every CPU of a per-CPU map.")
  var allCPUs = false

  @OptionGroup var typedKey: KeyOption
  @OptionGroup var typedValue: ValueOption
  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    guard !(noExist && exist) else { throw Failure.usage("--no-exist and --exist cannot be combined") }
    let arguments = try ElementArguments(
      arguments, key: .required, value: .required, keyJSON: typedKey.json, valueJSON: typedValue.json)
    let map = try arguments.map.openToWrite()
    guard !map.type.isKeyless else { throw Failure.unsupported("\(map) has no keys: use 'push'") }
    guard let written = arguments.key, let value = arguments.value else { return }
    let types = MapTypes(of: map, ifNeeded: arguments.needTypes)
    guard map.type.isPerCPU || !allCPUs else {
      throw Failure.usage("\(map) is not a per-CPU map: remove --all-cpus")
    }
    try map.withKey(written, types) { key in
      if case .object(let object) = value {
        // The kernel takes a descriptor as the value, and stores the object.
        try object.withDescriptor(asValueOf: map) { descriptor in
          try map.update(key, to: map.descriptorBytes(descriptor, map.valueSize), flags: flags)
        }
      } else if map.type.isPerCPU {
        try map.updatePerCPU(key, to: perCPU(value, of: map, types), flags: flags)
      } else {
        try map.checkValuesAreNotObjects()
        try map.update(key, to: map.singleValue(value, types), flags: flags)
      }
    }
    try output.done("an element of \(map) was written", isJSON: format.isJSON)
  }

  private var flags: MapFlags {
    var flags: MapFlags = noExist ? .noExist : exist ? .exist : []
    if lock { flags.insert(.lock) }
    return flags
  }

  // MARK: - Per-CPU maps

  /// Returns the values of all CPUs, which the kernel updates at once.
  private func perCPU(_ value: ValueArgument, of map: MapHandle, _ types: MapTypes) throws -> [[UInt8]] {
    let cpus = try PossibleCPUs.current().ids
    switch value {
    case .perCPU(let data): return try values(data, cpus, of: map)
    case .json(let text) where !allCPUs: return try values(json: text, cpus, of: map, types)
    case .data where !allCPUs: throw Failure.usage(missing(of: map, "'value cpu0 DATA cpu1 DATA …'"))
    default: return Array(repeating: try map.singleValue(value, types), count: cpus.count)
    }
  }

  private func missing(of map: MapHandle, _ form: String) -> String {
    "\(map) has a value for each CPU: add --all-cpus to set all to the same value, or write \(form)"
  }

  private func values(_ data: [Int: Datum], _ cpus: [Int], of map: MapHandle) throws -> [[UInt8]] {
    guard !allCPUs else { throw Failure.usage("--all-cpus takes a single value, not one for each CPU") }
    if let unexpected = data.keys.sorted().first(where: { !cpus.contains($0) }) {
      throw Failure.usage(
        "no cpu\(unexpected): this machine has \(cpus.map { "cpu\($0)" }.joined(separator: " "))")
    }
    return try cpus.map { cpu in
      guard let datum = data[cpu] else {
        throw Failure.usage("missing value for cpu\(cpu): the kernel updates the values of all CPUs at once")
      }
      return try map.value(datum)
    }
  }

  private func values(
    json text: String, _ cpus: [Int], of map: MapHandle, _ types: MapTypes
  ) throws -> [[UInt8]] {
    guard let values = try map.values(json: text, types) else {
      throw Failure.usage(missing(of: map, "--value as an array with a value for each"))
    }
    guard values.count == cpus.count else {
      throw Failure.usage(
        "--value has \(values.count.counted("value")), but this machine has \(cpus.count) CPUs"
      )
    }
    return values
  }
}
