//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The bytes of a key or value, parsed from the command line.
///
/// A datum consists of one or more words. Their bytes are concatenated:
///
///     0x0a0b0c0d        hex digits after 0x: bytes in the order written
///     hex 0a 0b 0c 0d   every plain word after `hex` is hex (as in bpftool)
///     dec 10 11 12 13   every plain word after `dec` is a decimal byte
///     hex:0a0b dec:12   the same for a single word
///     u32:42 str:eth0   typed words
///     10.0.0.0/8        a prefix, the same as prefix:10.0.0.0/8
///
/// Plain words without `hex` or `dec` share one base, which must be unambiguous: `10 0 0 1` can only be decimal,
/// `0a 00 00 01` only hexadecimal. If both bases are possible and give different bytes (`10 20 30 40`), the datum is
/// rejected: bpftool would read it as decimal, whereas a copied dump line means hexadecimal.
struct Datum: Equatable {
  /// The bytes, without the NULs that pad text to the size of the field.
  let bytes: [UInt8]
  /// Whether the last word is `str:`, which fills the rest of the field.
  let endsWithText: Bool

  init(_ words: some Collection<String>) throws(Failure) {
    guard !words.isEmpty else { throw .usage("no data: write bytes like 0x0a0b, or typed like u32:42") }
    var bytes: [UInt8] = []
    var endsWithText = false
    var base: PlainBytes.Base?
    let undeclared = try PlainBytes.commonBase(of: PlainBytes.undeclared(in: words))
    for word in words {
      endsWithText = false
      if let keyword = PlainBytes.Base(rawValue: word) {
        base = keyword
      } else if word.hasPrefix("0x") || word.hasPrefix("0X") {
        bytes += try PlainBytes.hexDigits(String(word.dropFirst(2)), in: word)
      } else if NetworkAddress.isPrefix(word) {
        bytes += try NetworkAddress.prefix(word)
      } else if let colon = word.firstIndex(of: ":") {
        let name = word[..<colon]
        let operand = String(word[word.index(after: colon)...])
        bytes += try Self.typed(name, operand, in: word)
        endsWithText = FieldType(name: name) == .text(bytes: nil)
      } else {
        bytes += try PlainBytes.bytes(word, in: base ?? undeclared ?? .decimal)
      }
    }
    guard !bytes.isEmpty || endsWithText else {
      throw .usage("'\(words.joined(separator: " "))' contains no bytes")
    }
    self.bytes = bytes
    self.endsWithText = endsWithText
  }

  /// Returns the bytes of a field of the given size; text at the end is padded with NULs.
  ///
  /// - Parameters:
  ///   - size: The size of the field, in bytes.
  ///   - field: A description of the field, such as `the key of map 'hits' (id 12, hash)`.
  ///   - suggestion: A suggestion for the error message; may be empty.
  /// - Throws: `Failure` if the number of bytes differs from the size.
  func bytes(
    filling size: Int, of field: String, suggestion: @autoclosure () -> String = ""
  ) throws(Failure) -> [UInt8] {
    if bytes.count == size { return bytes }
    if endsWithText, bytes.count < size { return bytes + [UInt8](repeating: 0, count: size - bytes.count) }
    let (given, suggestion) = (bytes.count, suggestion())
    throw .usage(
      "\(field) is \(Self.count(size)), but \(Self.count(given)) \(given == 1 ? "was" : "were") given"
        + (suggestion.isEmpty ? "" : ": " + suggestion))
  }

  private static func typed(_ name: Substring, _ operand: String, in word: String) throws(Failure) -> [UInt8]
  {
    if name == "hex" { return try PlainBytes.hexDigits(operand, in: word) }
    if name == "dec" { return try PlainBytes.bytes(operand, in: .decimal) }
    guard let type = FieldType(name: name) else {
      if (try? NetworkAddress.mac(word)) != nil {
        throw .usage("'\(word)' has no type: write a MAC address as mac:\(word)")
      }
      if (try? NetworkAddress.ipv6(word)) != nil {
        throw .usage("'\(word)' has no type: write an IPv6 address as ipv6:\(word)")
      }
      let question = NameSuggestion.hint(for: String(name), among: FieldType.named.map(\.name))
      throw .usage(
        "'\(word)': no type '\(name)'; the types are hex dec \(FieldType.allNames)\(question)")
    }
    return try type.encode(operand)
  }

  private static func count(_ bytes: Int) -> String {
    "\(bytes) byte\(bytes == 1 ? "" : "s")"
  }
}
