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
    abstract: "Print the next key, in the map's order.",
    usage: "bpfmap next MAP [key DATA|--key JSON] [--raw] [--key-as TYPES] [--json]",
    discussion: """
      Without a key, prints the first key. If the key is not in the map, the kernel
      starts over with the first key. The exit status is 2 after the last key, and
      if the map is empty. To read a whole map, use `bpfmap dump`.

      Examples:
        bpfmap next name hits
        bpfmap next id 12 key u32:42 --key-as u32
        bpfmap next name events --key 42
      """)

  @Argument(help: "The map, and the key to start from.", completion: MapCompletion.element)
  var arguments: [String] = []

  @OptionGroup var keyTypes: KeyTypesOption

  @OptionGroup var typedKey: KeyOption
  @OptionGroup var raw: RawOption
  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let arguments = try ElementArguments(arguments, key: .optional, value: .forbidden, keyJSON: typedKey.json)
    let map = try arguments.map.open(.readOnly)
    let layout = try keyTypes.layout(of: map)
    let types = MapTypes(of: map, ifNeeded: arguments.needTypes || !raw.isRaw)
    guard let written = arguments.key else { return try step(from: nil, in: map, layout, types, to: &output) }
    try map.withKey(written, types) { try step(from: $0, in: map, layout, types, to: &output) }
  }

  private func step(
    from key: [UInt8]?, in map: MapHandle, _ layout: FieldLayout?, _ types: MapTypes,
    to output: inout Output
  ) throws {
    guard let next = try map.nextKey(after: key) else {
      throw map.notFound(.nextKey, key == nil ? "the map is empty" : "this is the last key")
    }
    let type = raw.isRaw ? nil : types.key
    guard format.isJSON else {
      let form = FieldFormat(keysOf: map, layout: layout, type: type, isRaw: raw.isRaw)
      return try output.write("\(form.text(next))\n")
    }
    let typed = type.map(TypedField.init)
    try output.json { json in
      json.object { json in
        Self.write(key, next, to: &json) { $1.byteArray($0.span) }
        if let typed {
          json.key("formatted")
          json.object { json in Self.write(key, next, to: &json) { $1.verbatim(typed.json($0)) } }
        }
        if let layout {
          json.key("decoded")
          json.object { json in Self.write(key, next, to: &json) { layout.write($0[...], to: &$1) } }
        }
      }
    }
  }

  private static func write(
    _ key: [UInt8]?, _ next: [UInt8], to json: inout JSONWriter, _ form: ([UInt8], inout JSONWriter) -> Void
  ) {
    json.key("key")
    if let key { form(key, &json) } else { json.null() }
    json.key("next_key")
    form(next, &json)
  }
}
