//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// The option for a key in JSON, which replaces `key DATA`.
struct KeyOption: ParsableArguments {
  // Unconditional, so that a negative number is not parsed as an option.
  @Option(
    name: .customLong("key"), parsing: .unconditional,
    help: ArgumentHelp("The key as JSON, by its type in the map's BTF.", valueName: "json"))
  var json: String?
}

/// The option for a value in JSON, which replaces `value DATA`.
struct ValueOption: ParsableArguments {
  @Option(
    name: .customLong("value"), parsing: .unconditional,
    help: ArgumentHelp("The value as JSON, by its type in the map's BTF.", valueName: "json"))
  var json: String?
}

/// The option to show bytes instead of typed values.
struct RawOption: ParsableArguments {
  @Flag(name: .customLong("raw"), help: "Show bytes, even if the map has BTF.")
  var isRaw = false
}
