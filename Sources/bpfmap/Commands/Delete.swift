//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Delete: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a key and its value.",
    usage: "bpfmap delete MAP key DATA|--key JSON [--json]",
    discussion: """
      See `bpfmap help lookup` for DATA and JSON. The exit status is 2 if the key
      does not exist. To delete all elements, use `bpfmap clear`. The elements of
      arrays cannot be deleted.

      Examples:
        bpfmap delete name hits key ipv4:10.0.0.1
        bpfmap delete name events --key 42
        bpfmap delete pinned /sys/fs/bpf/hits key 1 2 3 4
      """)

  @Argument(help: "The map, and the key to delete.", completion: MapCompletion.element)
  var arguments: [String] = []

  @OptionGroup var typedKey: KeyOption
  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let arguments = try ElementArguments(arguments, key: .required, value: .forbidden, keyJSON: typedKey.json)
    let map = try arguments.map.openToWrite()
    guard !map.type.isKeyless else { throw Failure.unsupported("\(map) has no keys: use 'pop' or 'clear'") }
    guard let key = arguments.key else { return }
    let types = MapTypes(of: map, ifNeeded: arguments.needTypes)
    let isDeleted = try map.withKey(key, types) { try map.delete($0) }
    guard isDeleted else { throw map.notFound(.delete) }
    try output.done("an element of \(map) was deleted", isJSON: format.isJSON)
  }
}
