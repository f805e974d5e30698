//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Dump: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump",
    abstract: "Print all elements of a map.",
    usage: "bpfmap dump MAP [--raw] [--key-as TYPES] [--value-as TYPES] [--lock] [--json]",
    discussion: """
      Reads elements in batches and prints them as they arrive, in constant memory.
      A key that stays in the map during the dump appears exactly once, even if
      other elements change concurrently.

      Prints one line for each element, formatted by the types in the map's BTF.
      Reading BTF requires CAP_SYS_ADMIN; without it, or with --raw, the command
      prints bytes. --key-as and --value-as select other types.

      With --json, prints an array of {"key":["0x01",…],"value":["0x02",…]}, as
      `bpftool -j map dump` does; per-CPU maps have instead of "value"
      "values":[{"cpu":0,"value":[…]},…]. The member "formatted" contains keys and
      values by their BTF types, and "decoded" contains them by --key-as and
      --value-as. If the dump fails halfway, the array is not closed, and the error
      is printed to standard error.

      Examples:
        bpfmap dump name hits
        bpfmap dump name hits --raw
        bpfmap dump id 12 --key-as ipv4 --value-as u64
        bpfmap dump pinned /sys/fs/bpf/hits --json | jq length
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.map)
  var arguments: [String] = []

  @OptionGroup var display: DisplayOptions

  @Flag(help: "Hold each value's spin lock while it is copied (BPF_F_LOCK).")
  var lock = false

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementArguments(arguments, key: .forbidden, value: .forbidden).map.open(.readOnly)
    try map.checkListable()
    let text = try display.elementText(of: map, isJSON: format.isJSON)
    var sweep = map.sweep(flags: lock ? .lock : [])
    // Read the first batch before printing anything, so that an unreadable map prints only its error.
    let first = try sweep.next()
    if format.isJSON { try output.write("[") }
    if let first {
      let rest = BatchPrefetcher(sweep)
      defer { rest.cancel() }
      if text.isFixed {
        try dumpPages(of: map, text.fixedTemplate, first, rest, to: &output)
      } else {
        try dumpElements(of: map, text, first, rest, to: &output)
      }
    }
    if format.isJSON { try output.write("]\n") }
  }

  /// Writes elements as hex digits, into pages laid out in advance.
  private func dumpPages(
    of map: MapHandle, _ template: ElementTemplate, _ first: MapEntries, _ rest: BatchPrefetcher,
    to output: inout Output
  ) throws {
    let separator = format.isJSON ? ",\n" : ""
    var page = ElementPage(
      template.preceded(by: separator), keySize: map.keySize, valueStride: map.valueStride)
    var skipping = separator.utf8.count
    var batch: MapEntries? = first
    while let entries = consume batch {
      try entries.withBytes { keys, values in
        let (keys, values) = (Span<UInt8>(_bytes: keys), Span<UInt8>(_bytes: values))
        try page.write(entries.count, keys: keys, values: values, skipping: skipping, to: &output)
      }
      skipping = 0
      batch = try rest.next()
    }
  }

  /// Writes elements by their types, one by one.
  private func dumpElements(
    of map: MapHandle, _ text: ElementText, _ first: MapEntries, _ rest: BatchPrefetcher,
    to output: inout Output
  ) throws {
    let (keySize, stride) = (map.keySize, map.valueStride)
    var page: [UInt8] = []
    var isFirst = true
    var batch: MapEntries? = first
    while let entries = consume batch {
      try entries.withBytes { keys, values in
        let (keys, values) = (Span<UInt8>(_bytes: keys), Span<UInt8>(_bytes: values))
        for index in 0..<entries.count {
          if format.isJSON, !isFirst { page += ",\n".utf8 }
          isFirst = false
          text.append(
            key: keys.extracting(index * keySize..<(index + 1) * keySize),
            value: values.extracting(index * stride..<(index + 1) * stride), to: &page)
          guard page.count >= Output.capacity else { continue }
          try output.writeThrough(page.span)
          page.removeAll(keepingCapacity: true)
        }
      }
      try output.writeThrough(page.span)
      page.removeAll(keepingCapacity: true)
      batch = try rest.next()
    }
  }
}
