//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Testing

@testable import bpfmap

@Suite("Data on the command line")
struct DatumTests {
  static let accepted: [(words: String, bytes: [UInt8])] = [
    // Hex with the prefix 0x, in the order written.
    ("0x0a0b0c0d", [10, 11, 12, 13]), ("0x0a 0x0b", [10, 11]), ("0Xff", [255]), ("0x5", [5]),
    // Keywords, as in bpftool, and the prefixes for single words.
    ("hex 0a 0b", [10, 11]), ("hex 10 20", [16, 32]), ("hex 1 2", [1, 2]), ("hex 0a0b", [10, 11]),
    ("dec 10 20", [10, 20]), ("hex 10 dec 10", [16, 10]), ("hex:10", [16]), ("dec:10", [10]),
    ("hex:0a0b dec:12", [10, 11, 12]),
    // Plain words that are valid in only one base.
    ("0a 0b", [10, 11]), ("0a 00 00 01", [10, 0, 0, 1]), ("ff FF", [255, 255]), ("10 0f", [16, 15]),
    ("10 0 0 1", [10, 0, 0, 1]), ("255 0", [255, 0]), ("7", [7]), ("200", [200]),
    // Plain words that give the same bytes in both bases.
    ("00 00 00 01", [0, 0, 0, 1]), ("08", [8]),
    // Typed words, and mixtures.
    ("u8:1 u8:2", [1, 2]), ("be16:443 pad:2 ipv4:10.0.0.1", [1, 187, 0, 0, 10, 0, 0, 1]),
    ("u8:1 0x02 3", [1, 2, 3]), ("str:ab u8:1", [97, 98, 1]),
    // Prefixes need no type.
    ("10.0.0.0/8", FieldType.hostOrder(UInt32(8)) + [10, 0, 0, 0]),
    (
      "2001:db8::/32",
      FieldType.hostOrder(UInt32(32)) + [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 12)
    ), ("str2:a u8:1", [97, 0, 1]),
  ]

  @Test("Parses each form", arguments: accepted)
  func accept(words: String, bytes: [UInt8]) throws {
    #expect(try Datum(words.split(separator: " ").map(String.init)).bytes == bytes)
  }

  static let rejected: [(words: String, hint: String)] = [
    // Bytes that are ambiguous between decimal (bpftool) and hex (dumps).
    ("10 20 30 40", "write 'hex 10 20 30 40' or 'dec 10 20 30 40'"), ("10 00 00 01", "hex or decimal"),
    ("10", "hex or decimal"), ("0x0a 10", "hex or decimal"), ("10 08", "hex or decimal"),
    // Mixed bases and numbers that are not bytes.
    ("0a 1", "two digits"), ("256", "0 to 255"), ("300 1", "u32:300"), ("010", "octal"), ("0a0b", "hex"),
    ("zz", "not a byte"), ("-1", "not a byte"), ("", "empty"), ("1 256", "0 to 255"),
    ("dec 256", "0 to 255"), ("dec ff", "decimal byte"), ("hex zz", "hexadecimal"), ("hex 0a0", "odd number"),
    ("0x", "hexadecimal"), ("0x0g", "hexadecimal"), ("0x123", "odd number"), ("hex:", "hexadecimal"),
    ("dec:", "decimal byte"), ("dec:010", "leading zeros"),
    // Addresses, prefixes and negative numbers.
    ("10.0.0.1", "ipv4:10.0.0.1"), ("02:00:00:00:00:01", "mac:02:00:00:00:00:01"),
    ("fe80::1", "ipv6:fe80::1"), ("10.0.0.0/33", "0 to 32"), ("fe80::/129", "0 to 128"),
    ("10.0.0.0/x", "prefix length"), ("dec:-1", "i32:-1"), ("-1", "i32:-1"), ("u23:1", "did you mean 'u32'?"),
    // Keywords without data.
    ("hex", "no bytes"), ("pad:0", "no bytes"),
    // Types.
    ("u33:1", "no type 'u33'"), (":1", "no type ''"), ("u8:256", "0 to 255"), ("u8:-1", "not a u8"),
    ("u8:", "not a u8"), ("u8:01", "octal"), ("i8:128", "-128 to 127"), ("i8:-129", "-128 to 127"),
    ("u64:18446744073709551616", "out of range"), ("u8:+1", "not a u8"), ("u8:0x100", "out of range"),
    ("u16:1.5", "not a u16"), ("f32:1e40", "out of range"), ("f32:x", "not an f32"), ("f64:", "not an f64"),
    ("ipv4:10.0.0", "not an IPv4"), ("ipv4:10.0.0.256", "not an IPv4"), ("ipv6:1:2", "not an IPv6"),
    ("mac:02:00:00:00:00", "not a MAC"), ("mac:02:00:00:00:00:0g", "not a MAC"),
    ("prefix:10.0.0.0", "ADDRESS/LENGTH"), ("prefix:10.0.0.0/33", "0 to 32"),
    ("prefix:2001:db8::/129", "0 to 128"), ("str2:abc", "3 bytes"), ("str0:a", "no type 'str0'"),
  ]

  @Test("The error for invalid or ambiguous data suggests the correct syntax", arguments: rejected)
  func reject(words: String, hint: String) {
    let words = words.isEmpty ? [""] : words.split(separator: " ").map(String.init)
    let failure = #expect(throws: Failure.self) { try Datum(words) }
    #expect(failure?.exitStatus == .usage)
    #expect(failure?.message.contains(hint) == true, "\(failure?.message ?? "")")
  }

  @Test("Rejects missing data")
  func noWords() {
    #expect(throws: Failure.self) { try Datum([]) }
  }

  @Test("Requires the size of the field, and pads text at the end")
  func sizes() throws {
    #expect(try Datum(["u32:1"]).bytes(filling: 4, of: "the key").count == 4)
    let failure = #expect(throws: Failure.self) { try Datum(["u8:1"]).bytes(filling: 4, of: "the key") }
    #expect(failure?.message == "the key is 4 bytes, but 1 byte was given")
    let shown = #expect(throws: Failure.self) {
      try Datum(["5"]).bytes(filling: 4, of: "the key", suggestion: "write 'key u32:5'")
    }
    #expect(shown?.message == "the key is 4 bytes, but 1 byte was given: write 'key u32:5'")
    #expect(try Datum(["str:ab"]).bytes(filling: 4, of: "") == [97, 98, 0, 0])
    #expect(try Datum(["str:abcd"]).bytes(filling: 4, of: "") == [97, 98, 99, 100])
    #expect(try Datum(["str:"]).bytes(filling: 2, of: "") == [0, 0])
    #expect(try Datum(["u8:1", "str:a"]).bytes(filling: 3, of: "") == [1, 97, 0])
    #expect(throws: Failure.self) { try Datum(["str:abcde"]).bytes(filling: 4, of: "") }
    #expect(throws: Failure.self) { try Datum(["str:a", "u8:1"]).bytes(filling: 4, of: "") }
    #expect(throws: Failure.self) { try Datum(["str3:a"]).bytes(filling: 4, of: "") }
  }
}
