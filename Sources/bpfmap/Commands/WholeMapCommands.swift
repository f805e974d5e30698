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
      The kernel keeps no count: all elements are read, in batches. With --json
      {"count":N}. Of some types (xskmap, perf_event_array, cgroup_array, maps of
      sockets with 4-byte values) the kernel does not tell, and the count fails.

      Example:
        bpfmap count name hits
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.words)
  var words: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementWords(words, key: .forbidden, value: .forbidden).map.open(.readOnly)
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
      Says how many were deleted; with --json {"deleted":N}, or null for an xskmap,
      of which the kernel does not tell. Elements that others add meanwhile may
      stay.

      Example:
        bpfmap clear name hits
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.words)
  var words: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementWords(words, key: .forbidden, value: .forbidden).map.open()
    let count = try map.deleteAll()
    let deleted = map.type == .xskMap ? nil : count
    output.effect = "\(map) was cleared"
    guard format.isJSON else {
      return try output.write(deleted.map { "deleted \($0) element\($0 == 1 ? "" : "s")\n" } ?? "cleared\n")
    }
    try output.json { json in json.object { json in json.member("deleted", deleted) } }
  }
}
