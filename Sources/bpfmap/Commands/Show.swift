//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Show: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the properties of a map.",
    usage: "bpfmap show MAP [--json]",
    discussion: """
      Shows the map's type, sizes, flags, memory and BTF types, whether it is frozen,
      and whether the caller may read or write its elements.

      With --json, prints one object with the field names of `bpftool -j map show`.
      Fields that bpftool omits when they do not apply (btf_id, owner_prog_type,
      dev, …) are null. "key_type" and "value_type" are the names of the BTF types.

      Examples:
        bpfmap show id 12
        bpfmap show name hits --json
        bpfmap show pinned /sys/fs/bpf/hits
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.map)
  var arguments: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let selector = try ElementArguments(arguments, key: .forbidden, value: .forbidden).map
    let properties = try MapProperties(selector.openWithMostAccess())
    guard format.isJSON else { return try output.write(properties.text) }
    try output.json { json in json.object(properties.writeAll) }
  }
}
