//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Push: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "push",
    abstract: "Add a value to a queue, a stack or a Bloom filter.",
    usage: "bpfmap push MAP value DATA|--value JSON [--drop-oldest] [--json]",
    discussion: """
      See `bpfmap help lookup` for DATA and JSON.

      Examples:
        bpfmap push name jobs value u32:7
        bpfmap push name jobs value u32:8 --drop-oldest
        bpfmap push name seen value ipv4:10.0.0.1
        bpfmap push name seen --value '{"saddr":16777226,"port":443}'
      """)

  @Argument(help: "The map, and the value to add.", completion: MapCompletion.element)
  var arguments: [String] = []

  @Flag(name: .customLong("drop-oldest"), help: "Drop the oldest value if the map is full (BPF_EXIST).")
  var dropOldest = false

  @OptionGroup var typedValue: ValueOption
  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let arguments = try ElementArguments(
      arguments, key: .forbidden, value: .required, valueJSON: typedValue.json)
    let map = try arguments.map.openToWrite()
    guard map.type.isKeyless else { throw Failure.unsupported("\(map) has keys: use 'update'") }
    guard let value = arguments.value else { return }
    let types = MapTypes(of: map, ifNeeded: arguments.needTypes)
    try map.update([], to: map.singleValue(value, types), flags: dropOldest ? .exist : [])
    try output.done("the value was pushed to \(map)", isJSON: format.isJSON)
  }
}

struct Pop: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "pop",
    abstract: "Remove and print the next value of a queue or a stack.",
    usage: "bpfmap pop MAP [--raw] [--value-as TYPES] [--json]",
    discussion: """
      The next value is the oldest of a queue and the newest of a stack. The exit
      status is 2 if the map is empty.

      Examples:
        bpfmap pop name jobs --value-as u32
        while bpfmap pop name jobs --json; do :; done
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.map)
  var arguments: [String] = []

  @OptionGroup var display: DisplayOptions
  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementArguments(arguments, key: .forbidden, value: .forbidden).map.open()
    try map.checkQueue(alternative: "delete")
    let text = try display.elementText(of: map, isJSON: format.isJSON)
    guard let value = try map.lookupAndDelete([]) else {
      throw map.notFound(.lookupAndDelete, "the map is empty")
    }
    output.effect = "the value \(HexDigits.text(value)) was removed from \(map)"
    try output.element(text, key: [], value: value, isJSON: format.isJSON)
  }
}

struct Peek: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "peek",
    abstract: "Print the next value of a queue or a stack.",
    usage: "bpfmap peek MAP [--raw] [--value-as TYPES] [--json]",
    discussion: """
      Prints the value that `bpfmap pop` would remove. The exit status is 2 if the
      map is empty.

      Example:
        bpfmap peek name jobs --value-as u32
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.map)
  var arguments: [String] = []

  @OptionGroup var display: DisplayOptions
  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementArguments(arguments, key: .forbidden, value: .forbidden).map.open(.readOnly)
    try map.checkQueue(alternative: "lookup")
    let text = try display.elementText(of: map, isJSON: format.isJSON)
    guard let value = try map.lookup([]) else { throw map.notFound(.lookup, "the map is empty") }
    try output.element(text, key: [], value: value, isJSON: format.isJSON)
  }
}
