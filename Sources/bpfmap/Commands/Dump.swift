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
      Elements are read in batches and printed as they come: the first line
      appears at once, and memory stays constant. A key that is in the map
      throughout appears exactly once, whatever others change meanwhile.

      Keys and values are shown by the types in the map's BTF, if it has any and
      the caller may read it (CAP_SYS_ADMIN), a line for each element. --raw shows
      their bytes, --key-as and --value-as make other types of them.

      With --json an array of {"key":["0x01",…],"value":["0x02",…]} as `bpftool -j
      map dump` prints it; per-CPU maps have "values":[{"cpu":0,"value":[…]},…]
      instead. What BTF makes of the bytes joins them as a member "formatted", and
      what --key-as or --value-as make of them as "decoded". If the dump fails
      midway the array stays open, and the error goes to standard error.

      Examples:
        bpfmap dump name hits
        bpfmap dump name hits --raw
        bpfmap dump id 12 --key-as ipv4 --value-as u64
        bpfmap dump pinned /sys/fs/bpf/hits --json | jq length
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.words)
  var words: [String] = []

  @OptionGroup var display: DisplayOptions

  @Flag(help: "Hold the spin lock in each value while it is copied (BPF_F_LOCK).")
  var lock = false

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementWords(words, key: .forbidden, value: .forbidden).map.open(.readOnly)
    try map.checkListable()
    let text = try display.elementText(of: map, isJSON: format.isJSON)
    var sweep = map.sweep(flags: lock ? .lock : [])
    // The first batch comes before anything is printed, so that a map that cannot be read leaves only its error.
    let first = try sweep.next()
    if format.isJSON { try output.write("[") }
    if let first {
      let rest = BatchesAhead(sweep)
      defer { rest.cancel() }
      if text.isFixed {
        try dumpPages(of: map, text.fixedTemplate, first, rest, to: &output)
      } else {
        try dumpElements(of: map, text, first, rest, to: &output)
      }
    }
    if format.isJSON { try output.write("]\n") }
  }

  /// Hex digits into pages laid out in advance.
  private func dumpPages(
    of map: MapHandle, _ template: ElementTemplate, _ first: MapEntries, _ rest: BatchesAhead,
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

  /// Elements by their types, one after the other.
  private func dumpElements(
    of map: MapHandle, _ text: ElementText, _ first: MapEntries, _ rest: BatchesAhead,
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
