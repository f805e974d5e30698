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
    abstract: "Draw what programs count by powers of two.",
    usage: "bpfmap histogram MAP [--unit TEXT] [--key-as TYPES] [--value-as TYPE] [--json]",
    discussion: """
      Programs that measure, such as how long something took, mostly count: slot i
      of a histogram has how many values lay between 2^i and 2^(i+1)-1, and slot 0
      those of 0 and 1. The counters of a MAP are found by its BTF, as

        elements    of an array of up to 64 of them; the index is the slot
        elements    of a hash, whose keys are the numbers of the slots
        values      that are an array of them, or a structure that has one, like
                    struct hist { __u32 slots[27]; char comm[16]; }: a histogram
                    for each key, which is its title
        variables   of a program that are such arrays, in its map .bss or .data

      Without BTF, values of 4 or 8 bytes are counters, and --value-as u32 says that
      larger ones are arrays of them. The counts of a per-CPU map are those of all
      CPUs together. Histograms of keys that counted nothing are left out.

      With --json an array with an object for each histogram, which has its "slots",
      [{"from":2,"to":3,"count":12},…] from the first to the last that counted; its
      "key" as bytes, which is null where it has none, and by its type as
      "formatted"; and its "title".

      Examples:
        bpfmap histogram name latencies --unit usecs
        bpfmap histogram name runqlat.bss --json
        bpfmap histogram id 12 --value-as u32 --key-as u32
      """)

  @Argument(help: "The map: \(MapSelector.grammar).", completion: MapCompletion.words)
  var words: [String] = []

  @Option(help: ArgumentHelp("What was measured, such as usecs or bytes.", valueName: "text"))
  var unit = ""

  @OptionGroup var keyTypes: KeyTypesOption

  @Option(
    name: .customLong("value-as"),
    help: ArgumentHelp("Take values for counters of this type, or arrays of them.", valueName: "type"),
    completion: .list(["u32", "u64"]))
  var counterType: String?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let map = try ElementWords(words, key: .forbidden, value: .forbidden).map.open(.readOnly)
    let counter = try counterType.map(Self.counter)
    let layout = try keyTypes.layout(of: map)
    let types = KnownTypes(of: map)
    let shape = try HistogramShape(of: map, types, counter: counter)
    let histograms = try MapHistogram.all(in: map, shape, keys: FieldForm(layout: layout, type: types.key))
    guard !format.isJSON else {
      return try output.json { json in
        json.array { json in
          for histogram in histograms { Self.write(histogram, types.key, to: &json) }
        }
      }
    }
    guard histograms.contains(where: { !$0.counts.isEmpty }) else {
      return try output.write("\(map) has counted nothing: all slots are 0\n")
    }
    let texts = histograms.map {
      ($0.title.isEmpty ? "" : $0.title + "\n") + $0.counts.table(unit: unit) + "\n"
    }
    try output.write(texts.joined(separator: "\n"))
  }

  private static func counter(_ name: String) throws(Failure) -> FieldType {
    switch FieldType(name: name) {
    case let type? where type.isInteger: return type
    default: throw .usage("'\(name)' is no type that counts: write u32 or u64")
    }
  }

  private static func write(_ histogram: MapHistogram, _ keyType: BTFType?, to json: inout JSONWriter) {
    json.object { json in
      json.key("key")
      if let key = histogram.key { json.byteArray(key) } else { json.null() }
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
