//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import FuzzSupport

/// Fuzzes the parser of bpfmap's arguments, one a line. The parser is bpfmap's own folder `Arguments`, included by a
/// symbolic link.
@main
enum FuzzWords {
  static func main() {
    Fuzzer.run { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let words = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      for part in [ElementArguments.Part.forbidden, .optional, .required] {
        _ = attempt { () throws(Failure) in try ElementArguments(words, key: part, value: part) }
      }
      if let datum = attempt({ () throws(Failure) in try Datum(words) }) {
        Fuzzer.require(!datum.bytes.isEmpty || datum.endsWithText, "no bytes")
        let filled = attempt { () throws(Failure) in try datum.bytes(filling: 64, of: "the key") }
        Fuzzer.require(filled.map { $0.count == 64 } != false, "\(filled?.count ?? 0) bytes")
      }
      guard let word = words.first else { return }
      _ = attempt { () throws(Failure) in try MapSelector(option: word) }
      for name in ["u8", "i64", "be32", "f32", "ipv4", "ipv6", "mac", "prefix", "str", "str8"] {
        guard let type = FieldType(name: name) else { continue }
        if let encoded = attempt({ () throws(Failure) in try type.encode(word) }) {
          Fuzzer.require(encoded.count <= max(20, word.utf8.count), "\(name) of \(encoded.count) bytes")
        }
      }
    }
  }

  /// Returns the result, or `nil` for an error, which must have a message.
  private static func attempt<Value>(_ body: () throws(Failure) -> Value) -> Value? {
    do throws(Failure) {
      return try body()
    } catch {
      Fuzzer.require(!error.message.isEmpty, "an error without a message")
      return nil
    }
  }
}
