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
      DATA is as many words as needed. Their bytes follow each other and must be
      exactly as many as the key (or value) of the map has. Nothing is cut off,
      and nothing filled up but text.

        0x0a0b0c0d      bytes as hex digits, in the order written
        hex 0a 0b       after `hex` every plain word is hex, as in bpftool
        dec 10 11       after `dec` every plain word is a decimal byte
        hex:0a0b dec:10 the same for one word
        10 0 0 1        plain words alone are all decimal or all hex, whichever
        0a 00 00 01     makes sense; if both do and differ (10 20 30 40), they
                        are refused: write hex or dec before them
        u32:42          numbers in this machine's byte order: u8 u16 u32 u64
                        i8 i16 i32 i64 f32 f64
        be16:443        numbers in network order: be16 be32 be64; and in the
                        other one: le16 le32 le64
        ipv4:10.0.0.1   addresses; also ipv6:2001:db8::1, mac:02:00:00:00:00:01
        10.0.0.0/8      prefix length and address: the key of an lpm_trie; also
                        prefix:10.0.0.0/8
        str:eth0        text; as the last word it is filled up with NULs
        str16:eth0      text filled up with NULs to 16 bytes
        pad:4           bytes of zero

      If the map has BTF, --key JSON writes the key by its type instead: a number,
      the name of an enumeration, text, '{"pid":42}' for a structure. Members that
      are missing are zero. The value is shown by its type; --raw shows bytes.

      The keys of a local storage are objects: `key pid 1234`, `key path FILE` (a
      file or control group), `key pid 1234 fd 5` (a socket that the process has).

      A Bloom filter has no keys: `value DATA` (or --value) asks whether it may
      contain that value.

      Exit status 2 if there is no such key.

      Examples:
        bpfmap lookup id 12 key u32:42
        bpfmap lookup name events --key 42
        bpfmap lookup name flows --key '{"saddr":16777226,"port":443}'
        bpfmap lookup name routes key 10.0.0.0/8 --value-as ipv4
        bpfmap lookup pinned /sys/fs/bpf/seen value ipv4:10.0.0.1
      """)

  @Argument(help: "The map, and the key to look up.", completion: MapCompletion.elementWords)
  var words: [String] = []

  @OptionGroup var typedKey: KeyOption
  @OptionGroup var typedValue: ValueOption
  @OptionGroup var display: DisplayOptions

  @Flag(help: "Hold the spin lock in the value while it is copied (BPF_F_LOCK).")
  var lock = false

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let words = try ElementWords(
      words, key: .optional, value: .optional, keyJSON: typedKey.json, valueJSON: typedValue.json)
    let map = try words.map.open(.readOnly)
    if map.type == .bloomFilter { return try ask(map, words, &output) }
    guard !map.type.isKeyless else {
      throw Failure.unsupported("\(map) has no keys; use 'peek' to look at its next element")
    }
    guard let written = words.key, words.value == nil else {
      throw Failure.usage("look-up in \(map) takes 'key DATA' or --key, and nothing else")
    }
    let types = KnownTypes(of: map, ifOfUse: words.needTypes || !display.raw.isRaw)
    let text = try display.elementText(of: map, types, isJSON: format.isJSON)
    try map.withKey(written, types) { key in
      guard let value = try map.storedValue(key, flags: lock ? .lock : []) else {
        throw map.notFound(.lookup)
      }
      try output.element(text, key: key, value: value, isJSON: format.isJSON)
    }
  }

  private func ask(_ map: MapHandle, _ words: ElementWords, _ output: inout Output) throws {
    guard let written = words.value, words.key == nil else {
      throw Failure.usage("\(map) has no keys; ask for a value with 'value DATA' or --value")
    }
    let types = KnownTypes(of: map, ifOfUse: words.needTypes || !display.raw.isRaw)
    let value = try map.onlyValue(written, types)
    let form = display.raw.isRaw ? nil : types.value.map(TypedField.init)
    let mayContain = try map.contains(value)
    guard format.isJSON else {
      guard mayContain else { throw map.notFound(.lookup, "it certainly does not contain this value") }
      return try output.write("may contain: \(form?.text(value) ?? HexDigits.text(value))\n")
    }
    try output.json { json in
      json.object { json in
        json.key("value")
        json.byteArray(value)
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
