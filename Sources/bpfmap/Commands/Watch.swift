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
    abstract: "Print the changes of a map's elements.",
    usage: "bpfmap watch MAP [key DATA|--key JSON] [--interval S] [--count N] [options]",
    discussion: """
      Reads the map at each interval, and prints a line for each element that was
      added, changed or removed since the previous round:

        + 03:12:45.104  key: 10.0.0.7  value: 1
        ~ 03:12:46.104  key: 10.0.0.1  value: 42 → 45  +3 (3/s)
        - 03:12:47.104  key: 10.0.0.7  value: 9

      The first line shows the number of elements (--initial lists them, with =), and
      the last one summarizes the changes. Ctrl-C, or q at a terminal, ends the
      command with exit status 0, and so do --count and --duration. Each round is
      written immediately, even to a pipe.

      Elements are shown as by `bpfmap dump`. Integers, by BTF or --value-as, are
      treated as counters, also as members of structures: the command prints their
      difference and their rate over the actual time. In per-CPU maps, these are of
      the sum of all CPUs. An unsigned 32-bit or 64-bit number that goes from the
      highest quarter of its range to the lowest is treated as wrapped around; other
      numbers that decrease have a negative difference.

      Changes between two rounds are not seen individually. A key is reported as
      removed only if a second look-up confirms it. If a round takes longer than the
      interval, rounds are skipped, with a notice. With a key, each round is a single
      look-up; in an lpm_trie, it finds the longest prefix that covers the key.

      Memory use is one copy of the map and 9 to 20 bytes for each element, and up to
      half as much again while the copy grows. The map stays alive while it is
      watched; a new map with the same name is not watched. Queues, stacks, Bloom
      filters, ring buffers and local storage maps cannot be watched.

      With --json, prints a line for each change, always with the same members:
      {"time":1764119566.104,"change":"changed","key":["0x0a",…],"value":[…],
      "old":[…],"difference":3,"rate":3.0}
      "time" is in seconds since 1970. "change" is added, changed, removed, or
      initial (with --initial). "value" is null after a removal, and "old" is null if
      there was no value. As in `bpfmap dump --json`, per-CPU maps have "values" (and
      "old" of the same form), and "formatted" and "decoded" contain the key, value
      and old value by their types. "difference" and "rate" are null unless "change"
      is changed; they are numbers if the value is a single integer, and otherwise
      objects with the members that changed. Notices and the summary are printed as
      JSON to standard error.

      Examples:
        bpfmap watch name hits
        bpfmap watch name hits --key-as ipv4 --value-as u64 --interval 0.2
        bpfmap watch name events --key 42 --duration 60
        bpfmap watch name hits --json | jq 'select(.rate > 1000)'
        bpfmap watch pinned /sys/fs/bpf/hits > hits.log
      """)

  @Argument(help: "The map, and the key to watch.", completion: MapCompletion.element)
  var arguments: [String] = []

  @OptionGroup var refreshOptions: RefreshOptions

  @Flag(help: "List the elements that exist at the start.")
  var initial = false

  @OptionGroup var typedKey: KeyOption
  @OptionGroup var display: DisplayOptions

  @Flag(help: "Hold each value's spin lock while it is copied (BPF_F_LOCK).")
  var lock = false

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let schedule = try refreshOptions.checked()

    let arguments = try ElementArguments(arguments, key: .optional, value: .forbidden, keyJSON: typedKey.json)
    let map = try arguments.map.open(.readOnly)
    try map.checkListable()
    let types = MapTypes(of: map, ifNeeded: arguments.needTypes || !display.raw.isRaw)
    let text = try display.changeText(of: map, types, isJSON: format.isJSON)

    guard let written = arguments.key else { return try watch(map, nil, text, schedule, to: &output) }
    try map.withKey(written, types) { try watch(map, $0, text, schedule, to: &output) }
  }

  private func watch(
    _ map: MapHandle, _ key: [UInt8]?, _ text: ChangeText, _ schedule: RefreshInterval.Schedule,
    to output: inout Output
  ) throws {
    let signals = try SignalWatcher()
    let keyboard = Keyboard()
    let watcher = try MapWatcher(map, key: key, flags: lock ? .lock : []) { signals.isInterrupted }
    let refresh = RefreshInterval(schedule, from: .now)
    var loop = WatchLoop(
      of: map, text, refresh, listsInitial: initial, isJSON: format.isJSON)
    try loop.run(watcher, until: signals, keyboard, to: &output)
  }
}
