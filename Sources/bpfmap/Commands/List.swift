//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct List: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List all maps of the system.",
    discussion: """
      Prints one line for each map, in ascending order of ids. MEMORY is the memory
      that the kernel charges for the map. Requires CAP_SYS_ADMIN.

      With --json, prints an array of objects like that of `bpfmap show`, but without
      "access", "key_type" and "value_type".

      Examples:
        bpfmap list
        bpfmap list --json | jq '.[] | select(.frozen == 1) | .name'
      """)

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let maps = try OpenedMap.all(access: .readOnly, MapProperties.init(listing:))
    guard !format.isJSON else {
      return try output.json { json in
        json.array { json in
          for map in maps { json.object { json in map.writeMembers(to: &json) } }
        }
      }
    }
    var table = TextTable(columns: [
      ("ID", .right), ("TYPE", .left), ("NAME", .left), ("KEY", .right), ("VALUE", .right),
      ("MAX ENTRIES", .right), ("FLAGS", .left), ("MEMORY", .right), ("FROZEN", .left),
    ])
    for map in maps {
      table.add(
        "\(map.info.id)", "\(map.info.type)", map.info.name.isEmpty ? "-" : map.info.name,
        ByteSize.text(UInt64(map.info.keySize)), ByteSize.text(UInt64(map.info.valueSize)),
        "\(map.info.maxEntries)", map.flagNames, map.memory, map.frozen)
    }
    try output.write(table.text)
  }
}
