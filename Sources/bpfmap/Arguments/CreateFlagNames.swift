//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The names of map creation flags on the command line, such as `no_prealloc,rdonly_prog`.
enum CreateFlagNames {
  private static let prefix = "BPF_F_"

  /// The kernel's names, in lower case and without the prefix.
  static let all = MapCreateFlags.named.map { short($0.name) }

  /// Parses flags separated by commas or `|`: short names, the kernel's names, or numbers.
  static func parse(_ text: String) throws(Failure) -> MapCreateFlags {
    var flags: MapCreateFlags = []
    for word in text.split(whereSeparator: { $0 == "," || $0 == "|" }) {
      if let named = MapCreateFlags.named.first(where: { short($0.name) == short(String(word)) }) {
        flags.insert(named.flag)
      } else if word.utf8.first?.isDecimalDigit == true {
        let bits = try IntegerArgument.parse(word, as: UInt32.self, description: "a 32-bit number of flags")
        flags.insert(MapCreateFlags(rawValue: bits))
      } else {
        let question = NameSuggestion.hint(for: String(word), among: all)
        throw .usage("no flag '\(word)'; the flags are \(all.joined(separator: " "))\(question)")
      }
    }
    return flags
  }

  /// Returns the short names separated by commas, with unnamed bits in hexadecimal; empty if no flag is set.
  static func text(_ flags: MapCreateFlags) -> String {
    var rest = flags
    var names: [String] = []
    for (name, flag) in MapCreateFlags.named where flags.contains(flag) {
      names.append(short(name))
      rest.remove(flag)
    }
    if !rest.isEmpty { names.append("0x" + String(rest.rawValue, radix: 16)) }
    return names.joined(separator: ",")
  }

  private static func short(_ name: String) -> String {
    let lower = name.lowercased()
    return lower.hasPrefix(prefix.lowercased()) ? String(lower.dropFirst(prefix.count)) : lower
  }
}
