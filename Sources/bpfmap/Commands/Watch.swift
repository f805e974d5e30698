//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Watch: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Print changes of a map as they happen.",
    usage: "bpfmap watch MAP [key DATA|--key JSON] [--interval S] [--count N] [options]",
    discussion: """
      Reads the map once each interval and prints a line for each element that is
      not as it was the time before:

        + 03:12:45.104  key: 10.0.0.7  value: 1
        ~ 03:12:46.104  key: 10.0.0.1  value: 42 → 45  +3 (3/s)
        - 03:12:47.104  key: 10.0.0.7  value: 9

      At first it says how many elements there are (--initial lists them, as =), at
      the end how many changed. Ctrl-C, or q at a terminal, ends it with exit status 0;
      --count and --duration do by themselves. Each round is written at once, also to a pipe.

      Elements are shown as by `bpfmap dump`. What BTF or --value-as tell to be
      integers, also as members of structures, is taken as counters: the difference
      is printed, and the rate by the time that really passed. Of per-CPU maps both
      are of the sum of all CPUs. An unsigned number of 32 or 64 bits that goes from
      the highest quarter of its range to the lowest has wrapped around; any other
      that gets less has a negative difference.

      Between two rounds an element may change many times, or come and go unseen. A
      key is reported as removed only if a second look finds it missing. A round
      that takes longer than the interval lets the next ones fall out; it says so.
      With a key, one look-up each interval does. In an lpm_trie that finds the
      longest prefix that covers the key.

      Memory: one copy of the map, 9 to 20 bytes more for each element, and for a
      moment half as much again where it grows. The map lives on while it is
      watched; another that takes its name later is not looked at. Queues and
      stacks, Bloom filters, ring buffers and local storages cannot be read whole.

      With --json a line for each change, of always the same shape:
      {"time":1764119566.104,"change":"changed","key":["0x0a",…],"value":[…],
      "old":[…],"difference":3,"rate":3.0}
      time is seconds since 1970; change is added, changed, removed, or, with
      --initial, initial; value or old is null where there is none. As with `bpfmap
      dump --json`, per-CPU maps have "values" (and "old" of the same form), and the
      members "formatted" and "decoded" hold key, value and old once more.
      difference and rate are numbers, of values that are not one integer objects
      with the members that changed, and null unless change is changed. Skipped
      rounds and the summary are told as JSON on standard error.

      Examples:
        bpfmap watch name hits
        bpfmap watch name hits --key-as ipv4 --value-as u64 --interval 0.2
        bpfmap watch name events --key 42 --duration 60
        bpfmap watch name hits --json | jq 'select(.rate > 1000)'
        bpfmap watch pinned /sys/fs/bpf/hits > hits.log
      """)

  @Argument(help: "The map, and the key to watch.", completion: MapCompletion.elementWords)
  var words: [String] = []

  @OptionGroup var paceOptions: PaceOptions

  @Flag(help: "List the elements that are there at the beginning.")
  var initial = false

  @OptionGroup var typedKey: KeyOption
  @OptionGroup var display: DisplayOptions

  @Flag(help: "Hold the spin lock in each value while it is copied (BPF_F_LOCK).")
  var lock = false

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let terms = try paceOptions.checked()

    let words = try ElementWords(words, key: .optional, value: .forbidden, keyJSON: typedKey.json)
    let map = try words.map.open(.readOnly)
    try map.checkListable()
    let types = KnownTypes(of: map, ifOfUse: words.needTypes || !display.raw.isRaw)
    let text = try display.changeText(of: map, types, isJSON: format.isJSON)

    guard let written = words.key else { return try watch(map, nil, text, terms, to: &output) }
    try map.withKey(written, types) { try watch(map, $0, text, terms, to: &output) }
  }

  private func watch(
    _ map: MapHandle, _ key: [UInt8]?, _ text: ChangeText, _ terms: Pace.Terms, to output: inout Output
  ) throws {
    let interruption = try Interruption()
    let keyboard = Keyboard()
    let watcher = try MapWatcher(map, key: key, flags: lock ? .lock : []) { interruption.hasCome }
    let pace = Pace(terms, from: .now)
    var watching = Watching(
      of: map, text, pace, listsInitial: initial, isJSON: format.isJSON)
    try watching.run(watcher, until: interruption, keyboard, to: &output)
  }
}
