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
    usage: "bpfmap dump MAP [--key-as TYPES] [--value-as TYPES] [--lock] [--json]",
    discussion: """
      Elements are read in batches and printed as they come: the first line
      appears at once, and memory stays constant. A key that is in the map
      throughout appears exactly once, whatever others change meanwhile.

      With --json an array of {"key":["0x01",…],"value":["0x02",…]} as `bpftool -j
      map dump` prints it; per-CPU maps have "values":[{"cpu":0,"value":[…]},…]
      instead. With --key-as or --value-as a member "decoded" with what the
      bytes stand for joins them. If the dump fails midway the array stays open,
      and the error goes to standard error.

      Examples:
        bpfmap dump name hits
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
        try dumpElements(text, first, rest, to: &output)
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

  /// Elements understood as a person asked for, one by one.
  private func dumpElements(
    _ text: ElementText, _ first: MapEntries, _ rest: BatchesAhead, to output: inout Output
  ) throws {
    var isFirst = true
    var batch: MapEntries? = first
    while let entries = consume batch {
      for (key, value) in entries {
        if format.isJSON, !isFirst { try output.write(",\n") }
        try output.write(text.text(key: key, value: value))
        isFirst = false
      }
      try output.flush()
      batch = try rest.next()
    }
  }
}
