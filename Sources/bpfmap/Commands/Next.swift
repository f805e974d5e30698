//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Next: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "next",
    abstract: "Step to the next key, in the map's own order.",
    usage: "bpfmap next MAP [key DATA] [--key-as TYPES] [--json]",
    discussion: """
      Without a key, the first one. Exit status 2 after the last key, and if the
      map is empty. After a key that is not in the map the kernel starts over with
      the first one; to read a whole map, use `bpfmap dump`.

      Examples:
        bpfmap next name hits
        bpfmap next id 12 key u32:42 --key-as u32
      """)

  @Argument(help: "The map, and the key to step from.", completion: MapCompletion.elementWords)
  var words: [String] = []

  @Option(
    name: .customLong("key-as"),
    help: ArgumentHelp("Show keys as these types, joined by commas.", valueName: "types"),
    completion: .list(FieldType.named.map(\.name)))
  var keyTypes: String?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let words = try ElementWords(words, key: .optional, value: .forbidden)
    let map = try words.map.open(.readOnly)
    let layout = try keyTypes.map { try FieldLayout($0, filling: map.keySize, of: "the key of \(map)") }
    let key = try words.key.map { try map.key($0) }
    guard let next = try map.nextKey(after: key) else {
      throw map.notFound(.nextKey, key == nil ? "it is empty" : "this is the last key")
    }
    guard format.isJSON else {
      return try output.write("\(layout?.text(next[...]) ?? HexDigits.text(next))\n")
    }
    try output.json { json in
      json.object { json in
        json.key("key")
        if let key { json.byteArray(key) } else { json.null() }
        json.key("next_key")
        json.byteArray(next)
        guard let layout else { return }
        json.key("decoded")
        json.object { json in
          json.key("key")
          if let key { layout.write(key[...], to: &json) } else { json.null() }
          json.key("next_key")
          layout.write(next[...], to: &json)
        }
      }
    }
  }
}
