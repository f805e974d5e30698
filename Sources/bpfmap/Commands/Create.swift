//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Create: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Create a map and pin it.",
    usage: "bpfmap create --type TYPE --max-entries N [options] --pin PATH",
    discussion: """
      The kernel frees a map that nothing references. The new map is therefore
      pinned: PATH must be a new file on a BPF file system, usually /sys/fs/bpf. If
      no BPF file system is mounted there, the command mounts one and says so on
      standard error.

      Prints the map's id; with --json, the object of `bpfmap show`. If standard
      output cannot be written, standard error says what was created, and the exit
      status is 1.

      Examples:
        bpfmap create --type hash --key-size 4 --value-size 8 --max-entries 1000 \\
          --name hits --pin /sys/fs/bpf/hits
        bpfmap create --type lpm_trie --key-size 8 --value-size 4 --max-entries 100 \\
          --flags no_prealloc,rdonly_prog --pin /sys/fs/bpf/routes
        bpfmap create --type hash_of_maps --key-size 4 --value-size 4 \\
          --max-entries 10 --inner-map "pinned /sys/fs/bpf/hits" \\
          --pin /sys/fs/bpf/outer
        bpfmap create --type ringbuf --max-entries 65536 --pin /sys/fs/bpf/events
      """)

  @Option(
    help: ArgumentHelp(
      "The map type, by name or number.",
      discussion: MapType.allKnown.map(\.kernelName).joined(separator: " ")),
    completion: .list(MapType.allKnown.map(\.kernelName)))
  var type: String

  @Option(help: ArgumentHelp("The size of a key, in bytes.", valueName: "bytes"))
  var keySize = "0"

  @Option(help: ArgumentHelp("The size of a value (per CPU in per-CPU maps), in bytes.", valueName: "bytes"))
  var valueSize = "0"

  @Option(
    help: ArgumentHelp("The maximum number of elements, or the bytes of a ring buffer.", valueName: "count"))
  var maxEntries = "0"

  @Option(help: "The map's name: up to 15 letters, digits, underscores and dots.")
  var name = ""

  @Option(
    help: ArgumentHelp("The path at which to pin the map (required).", valueName: "path"), completion: .file()
  )
  var pin: String?

  @Option(
    help: ArgumentHelp(
      "Flags by name or number, separated by commas.",
      discussion: CreateFlagNames.all.joined(separator: " ")),
    completion: .list(CreateFlagNames.all))
  var flags = ""

  @OptionGroup var otherOptions: CreateOptions
  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    guard let pin, !pin.isEmpty else {
      throw Failure.usage(
        "missing --pin PATH: without a pin, the kernel frees the map when this command ends")
    }
    let map = try MapHandle(
      type: Self.type(type), name: name, keySize: Self.size(keySize, "--key-size"),
      valueSize: Self.size(valueSize, "--value-size"), maxEntries: Self.size(maxEntries, "--max-entries"),
      options: otherOptions.mapOptions(flags: CreateFlagNames.parse(flags)))
    try BPFFileSystem.mountIfMissing(for: FilePath(pin), isJSON: format.isJSON)
    try map.pin(at: FilePath(pin))
    output.effect = "created \(map), pinned at \(pin)"
    guard format.isJSON else { return try output.write("created \(map), pinned at \(pin)\n") }
    let properties = try MapProperties(map)
    try output.json { json in json.object(properties.writeAll) }
  }

  private static func type(_ name: String) throws(Failure) -> MapType {
    if let type = MapType(kernelName: name.lowercased()) { return type }
    guard name.utf8.first?.isDecimalDigit == true else {
      let known = MapType.allKnown.map(\.kernelName).joined(separator: " ")
      let question = NameSuggestion.hint(for: name, among: MapType.allKnown.map(\.kernelName))
      throw .usage("no map type '\(name)'; the types are \(known)\(question)")
    }
    return MapType(rawValue: try IntegerArgument.parse(name, as: UInt32.self, description: "a map type"))
  }

  private static func size(_ text: String, _ option: String) throws(Failure) -> Int {
    Int(try IntegerArgument.parse(text, as: UInt32.self, description: "a number for \(option)"))
  }
}
