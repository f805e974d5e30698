//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CLibrary

/// Conversions between the text of network addresses and their bytes in network byte order.
enum NetworkAddress {
  static func ipv4(_ text: String) throws(Failure) -> [UInt8] {
    guard let bytes = parse(text, family: AF_INET, size: 4) else {
      throw .usage("'\(text)' is not an IPv4 address: write four decimal bytes, like ipv4:10.0.0.1")
    }
    return bytes
  }

  static func ipv6(_ text: String) throws(Failure) -> [UInt8] {
    guard let bytes = parse(text, family: AF_INET6, size: 16) else {
      throw .usage("'\(text)' is not an IPv6 address: write it like ipv6:2001:db8::1")
    }
    return bytes
  }

  static func mac(_ text: String) throws(Failure) -> [UInt8] {
    let groups = text.split(separator: ":", omittingEmptySubsequences: false)
    let bytes = groups.compactMap { $0.utf8.count == 2 ? UInt8(hexDigits: $0) : nil }
    guard groups.count == 6, bytes.count == 6 else {
      throw .usage("'\(text)' is not a MAC address: write six hex bytes, like mac:02:00:00:00:00:01")
    }
    return bytes
  }

  /// Returns whether a word begins with an IP address and a slash.
  static func isPrefix(_ word: String) -> Bool {
    guard let slash = word.firstIndex(of: "/") else { return false }
    let address = String(word[..<slash])
    return parse(address, family: AF_INET, size: 4) != nil
      || parse(address, family: AF_INET6, size: 16) != nil
  }

  /// Returns the key of an LPM trie: the prefix length in host byte order, then the address.
  static func prefix(_ text: String) throws(Failure) -> [UInt8] {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw .usage("'\(text)' is not a prefix: write ADDRESS/LENGTH, like prefix:10.0.0.0/8")
    }
    let address = String(parts[0])
    let bytes = address.contains(":") ? try ipv6(address) : try ipv4(address)
    let length = try IntegerArgument.parse(parts[1], as: UInt32.self, description: "a prefix length")
    guard length <= bytes.count * 8 else {
      throw .usage("prefix length \(length) of '\(text)' is out of range: 0 to \(bytes.count * 8)")
    }
    return FieldType.hostOrder(length) + bytes
  }

  /// Returns the text of an IPv4 or IPv6 address of 4 or 16 bytes; nil for other sizes.
  static func text(ip bytes: ArraySlice<UInt8>) -> String? {
    let family: Int32
    switch bytes.count {
    case 4: family = AF_INET
    case 16: family = AF_INET6
    default: return nil
    }
    let source = Array(bytes)
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    // Both buffers have the sizes that inet_ntop(3) requires for this family.
    guard unsafe inet_ntop(family, source, &text, socklen_t(text.count)) != nil else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }

  private static func parse(_ text: String, family: Int32, size: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: size)
    // inet_pton(3) writes exactly `size` bytes for this family, and only if it returns 1.
    return unsafe inet_pton(family, text, &bytes) == 1 ? bytes : nil
  }
}

extension UInt8 {
  /// Creates a byte from one or two hexadecimal digits.
  init?(hexDigits text: some StringProtocol) {
    guard (1...2).contains(text.utf8.count) else { return nil }
    var byte: UInt8 = 0
    for character in text.utf8 {
      guard let digit = character.hexDigit else { return nil }
      byte = byte << 4 | digit
    }
    self = byte
  }
}
