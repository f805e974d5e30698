//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Histogram: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "histogram",
    abstract: "Draw histograms of counters in powers of two.",
    usage: "bpfmap histogram MAP [--unit TEXT] [--key-as TYPES] [--value-as TYPE] [--json]",
    discussion: """
      BPF programs often count measurements, such as latencies, in log2 histograms:
      slot i counts the values from 2^i to 2^(i+1)-1, and slot 0 counts 0 and 1.
      The command finds the counters of a MAP by its BTF. They are

        elements    of an array of up to 64 counters; the index is the slot
        elements    of a hash whose keys are slot numbers
        values      that are arrays of counters, or structures with such an array,
                    like struct hist { __u32 slots[27]; char comm[16]; }: one
                    histogram for each key, with the key as its title
        variables   that are arrays of counters, in a program's .bss or .data map

      Without BTF, values of 4 or 8 bytes are counters; with --value-as u32, larger
      values are arrays of counters. The counts of all CPUs of a per-CPU map are
      added up. Histograms without counts are omitted.

      With --json, prints an array with an object for each histogram. "slots" is
      [{"from":2,"to":3,"count":12},…], from the first to the last slot with a count;
      "key" is the key's bytes or null, "formatted" is the key by its type, and
      "title" is the title.

      Examples:
        bpfmap histogram name latencies --unit usecs
        bpfmap histogram name runqlat.bss --json
        bpfmap histogram id 12 --value-as u32 --key-as u32
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.map)
  var arguments: [String] = []

  @Option(help: ArgumentHelp("The unit of the values, such as usecs or bytes.", valueName: "text"))
  var unit = ""

  @OptionGroup var keyTypes: KeyTypesOption

  @Option(
    name: .customLong("value-as"),
    help: ArgumentHelp("Read values as counters of this type, or arrays of them.", valueName: "type"),
    completion: .list(["u32", "u64"]))
  var counterType: String?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementArguments(arguments, key: .forbidden, value: .forbidden).map.open(.readOnly)
    let counter = try counterType.map(Self.counter)
    let layout = try keyTypes.layout(of: map)
    let types = MapTypes(of: map)
    let shape = try HistogramShape(of: map, types, counter: counter)
    let histograms = try MapHistogram.all(in: map, shape, keys: FieldFormat(layout: layout, type: types.key))
    guard !format.isJSON else {
      return try output.json { json in
        json.array { json in
          for histogram in histograms { Self.write(histogram, types.key, to: &json) }
        }
      }
    }
    guard histograms.contains(where: { !$0.counts.isEmpty }) else {
      return try output.write("\(map) has no counts: all slots are 0\n")
    }
    let texts = histograms.map {
      ($0.title.isEmpty ? "" : $0.title + "\n") + $0.counts.table(unit: unit) + "\n"
    }
    try output.write(texts.joined(separator: "\n"))
  }

  private static func counter(_ name: String) throws(Failure) -> FieldType {
    switch FieldType(name: name) {
    case let type? where type.isInteger: return type
    default: throw .usage("'\(name)' is not a counter type: write u32 or u64")
    }
  }

  private static func write(_ histogram: MapHistogram, _ keyType: BTFType?, to json: inout JSONWriter) {
    json.object { json in
      json.key("key")
      if let key = histogram.key { json.byteArray(key.span) } else { json.null() }
      if let key = histogram.key, let keyType {
        json.key("formatted")
        json.object { json in
          json.key("key")
          json.verbatim(TypedField(keyType).json(key))
        }
      }
      json.member("title", histogram.title)
      json.key("slots")
      json.array { json in
        for slot in histogram.counts.occupiedSlots {
          let range = Log2Histogram.range(ofSlot: slot)
          json.object { json in
            json.member("from", range.lowerBound)
            json.member("to", range.upperBound)
            json.member("count", histogram.counts.slots[slot])
          }
        }
      }
    }
  }
}
