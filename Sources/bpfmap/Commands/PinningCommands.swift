//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Pin: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "pin",
    abstract: "Give a map a file that keeps it alive.",
    usage: "bpfmap pin MAP PATH [--json]",
    discussion: """
      PATH is a new file on a BPF file system, usually /sys/fs/bpf; its name may
      not contain a dot. If none is mounted there, this command mounts it, and says
      so on standard error.

      Examples:
        bpfmap pin id 12 /sys/fs/bpf/hits
        bpfmap pin name hits /sys/fs/bpf/app/hits
      """)

  @Argument(help: "The map, and the path.", completion: MapCompletion.pathWords)
  var words: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    var rest = words[...]
    let selector = try MapSelector(consuming: &rest)
    guard let path = rest.popFirst() else { throw Failure.usage("where? Write a path after the map") }
    if let stray = rest.first { throw Failure.usage("'\(stray)' was not expected after the path") }
    let map = try selector.open()
    try BPFFileSystem.provide(for: FilePath(path), isJSON: format.isJSON)
    try map.pin(at: FilePath(path))
    try output.done("\(map) was pinned at \(path)", isJSON: format.isJSON)
  }
}

struct Unpin: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpin",
    abstract: "Remove a pin of a map.",
    usage: "bpfmap unpin MAP [PATH] [--json]",
    discussion: """
      Removes the file only if this very map is pinned there. For a map named as
      `pinned PATH` the path need not be repeated. A map that nothing else holds
      goes with its last pin, and so do its elements.

      Examples:
        bpfmap unpin id 12 /sys/fs/bpf/hits
        bpfmap unpin pinned /sys/fs/bpf/hits
      """)

  @Argument(help: "The map, and the path.", completion: MapCompletion.pathWords)
  var words: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    var rest = words[...]
    let selector = try MapSelector(consuming: &rest)
    let path: String
    if let given = rest.popFirst() {
      path = given
    } else if case .pinned(let own) = selector {
      path = own
    } else {
      throw Failure.usage("which pin? Write its path after the map")
    }
    if let stray = rest.first { throw Failure.usage("'\(stray)' was not expected after the path") }
    try selector.open(.readOnly).unpin(from: FilePath(path))
    try output.done("the pin \(path) was removed", isJSON: format.isJSON)
  }
}

struct Freeze: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze",
    abstract: "Forbid user space to change a map, for good.",
    usage: "bpfmap freeze MAP [--json]",
    discussion: """
      There is no way back: no process can change the elements any more as long as
      the map lives. BPF programs still can.

      Example:
        bpfmap freeze name settings
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.words)
  var words: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementWords(words, key: .forbidden, value: .forbidden).map.open()
    try map.freeze()
    try output.done("\(map) was frozen", isJSON: format.isJSON)
  }
}
