//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Count: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "count",
    abstract: "Count the elements of a map.",
    usage: "bpfmap count MAP [--json]",
    discussion: """
      Reads all elements in batches, since the kernel does not count them. Fails for
      types with elements that cannot be read: xskmap, perf_event_array,
      cgroup_array, and socket maps with 4-byte values.

      With --json, prints {"count":N}.

      Example:
        bpfmap count name hits
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.map)
  var arguments: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementArguments(arguments, key: .forbidden, value: .forbidden).map.open(.readOnly)
    try map.checkListable()
    let count = try map.count()
    guard format.isJSON else { return try output.write("\(count)\n") }
    try output.json { json in json.object { json in json.member("count", count) } }
  }
}

struct Clear: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "clear",
    abstract: "Delete all elements of a map.",
    usage: "bpfmap clear MAP [--json]",
    discussion: """
      Prints the number of deleted elements; with --json, {"deleted":N}. The number
      is null for an xskmap, since its elements cannot be read. Elements that are
      added concurrently may remain.

      Example:
        bpfmap clear name hits
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.map)
  var arguments: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementArguments(arguments, key: .forbidden, value: .forbidden).map.open()
    let count = try map.deleteAll()
    let deleted = map.type == .xskMap ? nil : count
    output.effect = "\(map) was cleared"
    guard format.isJSON else {
      return try output.write(deleted.map { "deleted \($0.counted("element"))\n" } ?? "cleared\n")
    }
    try output.json { json in json.object { json in json.member("deleted", deleted) } }
  }
}
