//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// A key written by its type, in place of the words `key DATA`.
struct KeyOption: ParsableArguments {
  // Unconditional, so that a negative number is not taken for an option.
  @Option(
    name: .customLong("key"), parsing: .unconditional,
    help: ArgumentHelp("The key as JSON, by its type in the map's BTF.", valueName: "json"))
  var json: String?
}

/// A value written by its type, in place of the words `value DATA`.
struct ValueOption: ParsableArguments {
  @Option(
    name: .customLong("value"), parsing: .unconditional,
    help: ArgumentHelp("The value as JSON, by its type in the map's BTF.", valueName: "json"))
  var json: String?
}

/// The wish to see bytes.
struct RawOption: ParsableArguments {
  @Flag(name: .customLong("raw"), help: "Show bytes, also where the map's BTF tells their types.")
  var isRaw = false
}
