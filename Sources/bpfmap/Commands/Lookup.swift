//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct Lookup: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "lookup",
    abstract: "Look up the value of a key.",
    usage: "bpfmap lookup MAP key DATA|--key JSON [--raw] [--value-as TYPES] [--lock] [--json]",
    discussion: """
      DATA is one or more words, whose bytes are concatenated. Their number must be
      the size of the map's key or value: data is never truncated, and only text is
      padded.

        0x0a0b0c0d      bytes as hex digits, in the order written
        hex 0a 0b       plain words after `hex` are hex bytes, as in bpftool
        dec 10 11       plain words after `dec` are decimal bytes
        hex:0a0b dec:10 the same for a single word
        10 0 0 1        plain words alone are all decimal or all hex; if both are
        0a 00 00 01     possible and differ (10 20 30 40), they are rejected: put
                        hex or dec before them
        u32:42          numbers in host byte order: u8 u16 u32 u64 i8 i16 i32 i64
                        f32 f64
        be16:443        numbers in network byte order: be16 be32 be64; and in
                        little-endian order: le16 le32 le64
        ipv4:10.0.0.1   addresses; also ipv6:2001:db8::1, mac:02:00:00:00:00:01
        10.0.0.0/8      prefix length and address, the key of an lpm_trie; also
                        prefix:10.0.0.0/8
        str:eth0        text; padded with NULs if it is the last word
        str16:eth0      text, padded with NULs to 16 bytes
        pad:4           zero bytes

      If the map has BTF, --key JSON specifies the key by its type: a number, text,
      the name of an enumerator, or '{"pid":42}' for a structure. Missing members
      are zero. The value is shown by its type; --raw shows bytes.

      The keys of local storage maps are objects: `key pid 1234` (a process), `key
      path FILE` (a file or cgroup), `key pid 1234 fd 5` (a socket of a process).

      A Bloom filter has no keys: `value DATA` or --value checks whether it may
      contain a value.

      The exit status is 2 if the key does not exist.

      Examples:
        bpfmap lookup id 12 key u32:42
        bpfmap lookup name events --key 42
        bpfmap lookup name flows --key '{"saddr":16777226,"port":443}'
        bpfmap lookup name routes key 10.0.0.0/8 --value-as ipv4
        bpfmap lookup pinned /sys/fs/bpf/seen value ipv4:10.0.0.1
      """)

  @Argument(help: "The map, and the key to look up.", completion: MapCompletion.element)
  var arguments: [String] = []

  @OptionGroup var typedKey: KeyOption
  @OptionGroup var typedValue: ValueOption
  @OptionGroup var display: DisplayOptions

  @Flag(help: "Hold the value's spin lock while it is copied (BPF_F_LOCK).")
  var lock = false

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let arguments = try ElementArguments(
      arguments, key: .optional, value: .optional, keyJSON: typedKey.json, valueJSON: typedValue.json)
    let map = try arguments.map.open(.readOnly)
    if map.type == .bloomFilter { return try ask(map, arguments, &output) }
    guard !map.type.isKeyless else {
      throw Failure.unsupported("\(map) has no keys: use 'peek' to read its next value")
    }
    guard let written = arguments.key, arguments.value == nil else {
      throw Failure.usage("look-up in \(map) takes a key only: write 'key DATA' or --key JSON")
    }
    let types = MapTypes(of: map, ifNeeded: arguments.needTypes || !display.raw.isRaw)
    let text = try display.elementText(of: map, types, isJSON: format.isJSON)
    try map.withKey(written, types) { key in
      guard let value = try map.storedValue(key, flags: lock ? .lock : []) else {
        throw map.notFound(.lookup)
      }
      try output.element(text, key: key, value: value, isJSON: format.isJSON)
    }
  }

  private func ask(_ map: MapHandle, _ arguments: ElementArguments, _ output: inout Output) throws {
    guard let written = arguments.value, arguments.key == nil else {
      throw Failure.usage("\(map) has no keys: check for a value with 'value DATA' or --value JSON")
    }
    let types = MapTypes(of: map, ifNeeded: arguments.needTypes || !display.raw.isRaw)
    let value = try map.singleValue(written, types)
    let form = display.raw.isRaw ? nil : types.value.map(TypedField.init)
    let mayContain = try map.contains(value)
    guard format.isJSON else {
      guard mayContain else { throw map.notFound(.lookup, "the filter does not contain this value") }
      return try output.write("may contain: \(form?.text(value) ?? HexDigits.text(value))\n")
    }
    try output.json { json in
      json.object { json in
        json.key("value")
        json.byteArray(value.span)
        if let form {
          json.key("formatted")
          json.object { json in
            json.key("value")
            json.verbatim(form.json(value))
          }
        }
        json.key("may_contain")
        json.bool(mayContain)
      }
    }
    if !mayContain { throw ExitCode(ExitStatus.notFound.rawValue) }
  }
}
