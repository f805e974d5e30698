//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if !hasFeature(Embedded)
extension IPv4Address: LosslessStringConvertible {
  /// Parses four decimal numbers from 0 to 255, without leading zeros, separated by dots. Returns nil for other text.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { part in
      part.count > 1 && part.first == "0" || !part.allSatisfy(\.isASCIIDigit) ? nil : UInt8(part)
    }
    guard parts.count == 4, bytes.count == 4 else { return nil }
    self.init(bytes[0], bytes[1], bytes[2], bytes[3])
  }

  /// The four decimal numbers, separated by dots.
  public var description: String {
    let number = number
    return "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
  }
}

extension IPv6Address: LosslessStringConvertible {
  /// Parses the forms of RFC 4291: groups of hexadecimal digits, `::` for one run of zeros, and four decimal numbers
  /// for the last two groups. Returns nil for other text.
  public init?(_ text: String) {
    let halves = text.ranges(of: "::")
    guard halves.count <= 1 else { return nil }
    guard let gap = halves.first else {
      guard let groups = IPv6Address.groups(in: text[...]), groups.count == 8 else { return nil }
      self.init(groups: InlineArray { groups[$0] })
      return
    }
    guard let head = IPv6Address.groups(in: text[..<gap.lowerBound], isHead: true),
      let tail = IPv6Address.groups(in: text[gap.upperBound...]), head.count + tail.count < 8
    else { return nil }
    let groups = head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
    self.init(groups: InlineArray { groups[$0] })
  }

  /// Returns the groups in a part of an address. A dotted IPv4 address may appear only at the end of the last part.
  private static func groups(in text: Substring, isHead: Bool = false) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if part.contains("."), index == parts.count - 1, !isHead {
        guard let address = IPv4Address(String(part)) else { return nil }
        groups += [UInt16(address.number >> 16), UInt16(address.number & 0xffff)]
      } else {
        guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit), part.utf8.count == part.count,
          let group = UInt16(part, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    return groups
  }

  /// The text form of RFC 5952: lower case, the longest run of two or more zero groups as `::`, and the end of an
  /// IPv4-mapped address as IPv4.
  public var description: String {
    let groups = groups
    if number >> 32 == 0xffff { return "::ffff:\(IPv4Address(UInt32(truncatingIfNeeded: number)))" }
    var longest = 0..<0
    var run = 0..<0
    for index in groups.indices {
      run = groups[index] == 0 ? (run.isEmpty ? index : run.lowerBound)..<index + 1 : 0..<0
      if run.count > longest.count { longest = run }
    }
    func text(_ range: Range<Int>) -> String {
      range.map { String(groups[$0], radix: 16) }.joined(separator: ":")
    }
    guard longest.count >= 2 else { return text(0..<8) }
    return text(0..<longest.lowerBound) + "::" + text(longest.upperBound..<8)
  }
}

extension Character {
  /// Whether the character is a digit from 0 to 9.
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
#endif
