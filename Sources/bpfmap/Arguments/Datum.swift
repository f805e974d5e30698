//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A key or a value as a person wrote it, turned into bytes.
///
/// One datum is one or more words; their bytes follow each other:
///
///     0x0a0b0c0d        hex digits after 0x: bytes in the order written
///     hex 0a 0b 0c 0d   every plain word after `hex` is hex (as in bpftool)
///     dec 10 11 12 13   every plain word after `dec` is a decimal byte
///     hex:0a0b dec:12   the same for one word
///     u32:42 str:eth0   typed words
///     10.0.0.0/8        a prefix, as of prefix:10.0.0.0/8
///
/// Plain words without `hex` or `dec` are all read alike, in the one way that makes sense: `10 0 0 1` can only be
/// decimal, `0a 00 00 01` only hexadecimal. Where both ways make sense and differ (`10 20 30 40`), the datum is
/// refused: bpftool would read it as decimal, a copied dump line means hexadecimal.
struct Datum: Equatable {
  /// The bytes written; NULs up to the size of the field may follow.
  let bytes: [UInt8]
  /// Whether the last word was `str:`, which takes what is left of the field.
  let isTextToTheEnd: Bool

  init(_ words: some Collection<String>) throws(Failure) {
    guard !words.isEmpty else { throw .usage("no data: write bytes like 0x0a0b, or typed like u32:42") }
    var bytes: [UInt8] = []
    var isTextToTheEnd = false
    var base: PlainBytes.Base?
    let undeclared = try PlainBytes.commonBase(of: PlainBytes.undeclared(in: words))
    for word in words {
      isTextToTheEnd = false
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
        isTextToTheEnd = FieldType(name: name) == .text(bytes: nil)
      } else {
        bytes += try PlainBytes.bytes(word, in: base ?? undeclared ?? .decimal)
      }
    }
    guard !bytes.isEmpty || isTextToTheEnd else {
      throw .usage("'\(words.joined(separator: " "))' holds no bytes")
    }
    self.bytes = bytes
    self.isTextToTheEnd = isTextToTheEnd
  }

  /// The bytes, if they are as many as the field has; text at the end is filled up with NULs.
  ///
  /// - Parameters:
  ///   - field: What the bytes are for, such as `the key of map 'hits' (id 12, hash)`.
  ///   - form: What to write instead, for the refusal; may be empty.
  func bytes(
    filling size: Int, of field: String, insteadWrite form: @autoclosure () -> String = ""
  ) throws(Failure) -> [UInt8] {
    if bytes.count == size { return bytes }
    if isTextToTheEnd, bytes.count < size { return bytes + [UInt8](repeating: 0, count: size - bytes.count) }
    let (given, form) = (bytes.count, form())
    throw .usage(
      "\(field) is \(Self.count(size)), but \(Self.count(given)) \(given == 1 ? "was" : "were") given"
        + (form.isEmpty ? "" : ": " + form))
  }

  private static func typed(_ name: Substring, _ operand: String, in word: String) throws(Failure) -> [UInt8]
  {
    if name == "hex" { return try PlainBytes.hexDigits(operand, in: word) }
    if name == "dec" { return try PlainBytes.bytes(operand, in: .decimal) }
    guard let type = FieldType(name: name) else {
      if (try? NetworkAddress.mac(word)) != nil {
        throw .usage("'\(word)' is not data: write a MAC address as mac:\(word)")
      }
      if (try? NetworkAddress.ipv6(word)) != nil {
        throw .usage("'\(word)' is not data: write an IPv6 address as ipv6:\(word)")
      }
      let question = NearName.question(String(name), among: FieldType.named.map(\.name))
      throw .usage(
        "'\(word)': there is no type '\(name)'; the types are hex dec \(FieldType.allNames)\(question)")
    }
    return try type.encode(operand)
  }

  private static func count(_ bytes: Int) -> String {
    "\(bytes) byte\(bytes == 1 ? "" : "s")"
  }
}
