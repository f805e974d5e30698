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
    abstract: "Pin a map to a file, which keeps it alive.",
    usage: "bpfmap pin MAP PATH [--json]",
    discussion: """
      PATH is a new file on a BPF file system, usually /sys/fs/bpf. Its name must not
      contain a dot. If no BPF file system is mounted on /sys/fs/bpf, and PATH is in
      it, the command mounts one and says so on standard error.

      Examples:
        bpfmap pin id 12 /sys/fs/bpf/hits
        bpfmap pin name hits /sys/fs/bpf/app/hits
      """)

  @Argument(help: "The map, and the path.", completion: MapCompletion.path)
  var arguments: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    var rest = arguments[...]
    let selector = try MapSelector(consuming: &rest)
    guard let path = rest.popFirst() else { throw Failure.usage("missing path: write it after the map") }
    if let unexpected = rest.first { throw Failure.usage("unexpected '\(unexpected)' after the path") }
    let map = try selector.open()
    try BPFFileSystem.mountIfMissing(for: FilePath(path), isJSON: format.isJSON)
    try map.pin(at: FilePath(path))
    try output.done("\(map) was pinned at \(path)", isJSON: format.isJSON)
  }
}

struct Unpin: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpin",
    abstract: "Remove a map's pin.",
    usage: "bpfmap unpin MAP [PATH] [--json]",
    discussion: """
      Removes the file only if it is a pin of this map. PATH is optional if the map
      is selected by `pinned PATH`. The kernel frees the map and its elements if
      nothing else references it.

      Examples:
        bpfmap unpin id 12 /sys/fs/bpf/hits
        bpfmap unpin pinned /sys/fs/bpf/hits
      """)

  @Argument(help: "The map, and the path.", completion: MapCompletion.path)
  var arguments: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    var rest = arguments[...]
    let selector = try MapSelector(consuming: &rest)
    let path: String
    if let given = rest.popFirst() {
      path = given
    } else if case .pinned(let own) = selector {
      path = own
    } else {
      throw Failure.usage("missing path: write the path of the pin after the map")
    }
    if let unexpected = rest.first { throw Failure.usage("unexpected '\(unexpected)' after the path") }
    try selector.open(.readOnly).unpin(from: FilePath(path))
    try output.done("the pin \(path) was removed", isJSON: format.isJSON)
  }
}

struct Freeze: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze",
    abstract: "Make a map read-only for user space, permanently.",
    usage: "bpfmap freeze MAP [--json]",
    discussion: """
      This cannot be undone: processes can no longer change the map's elements. BPF
      programs still can.

      Example:
        bpfmap freeze name settings
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.map)
  var arguments: [String] = []

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementArguments(arguments, key: .forbidden, value: .forbidden).map.open()
    try map.freeze()
    try output.done("\(map) was frozen", isJSON: format.isJSON)
  }
}
