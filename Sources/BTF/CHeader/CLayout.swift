//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// C structures with the kernel's member offsets.

extension CHeaderWriter {
  /// Returns `struct name { ... }`, without a declarator.
  mutating func definition(of type: BTFType, indent: String) -> String {
    let keyword = type.kind == .union ? "union" : "struct"
    let header = type.name.isEmpty ? keyword : typeName(type)
    let isPacked = CLayout.isPacked(type, &alignments)
    var layout = CLayout(isPacked: isPacked)
    var text = "\(header) {\n"
    for member in type.members {
      let alignment = member.type.alignment(&alignments, depth: 0)
      if type.kind == .structure {
        guard reserve(layout.paddingByteCount(toBit: member.bitOffset)) else { break }
        text += layout.padding(before: member, alignment, indent: indent + "\t")
      }
      text += indent + "\t" + declaration(of: member.type, named: member.name, indent: indent + "\t")
      text += member.bitCount.map { ": \($0);\n" } ?? ";\n"
      layout.append(member, alignment)
    }
    let end = (type.byteCount ?? 0) * 8
    if type.kind == .structure, reserve(layout.paddingByteCount(toBit: end)) {
      text += layout.padding(upTo: end, indent: indent + "\t")
    }
    return text + indent + (isPacked ? "} __attribute__((packed))" : "}")
  }
}

/// The natural layout of a C structure's members, and the padding needed to reproduce the kernel's layout.
struct CLayout {
  let isPacked: Bool
  /// The bit after the last member.
  private var position = 0
  /// The alignment of the structure so far, in bits.
  private var alignment = 8

  init(isPacked: Bool) { self.isPacked = isPacked }

  /// Returns whether members are misaligned, or the size is not a multiple of the alignment.
  static func isPacked(_ type: BTFType, _ alignments: inout [Int: Int?]) -> Bool {
    var largest = 1
    for member in type.members {
      guard let alignment = member.type.alignment(&alignments, depth: 0) else { continue }
      largest = max(largest, alignment)
      if member.bitCount == nil, member.bitOffset % (alignment * 8) != 0 { return true }
    }
    return (type.byteCount ?? 0) % largest != 0
  }

  /// Returns the natural offset of the next member at or after a bit.
  private func naturalOffset(of member: BTFType.Member, _ alignment: Int?, from start: Int) -> Int {
    let alignment = isPacked ? 8 : (alignment ?? 1) * 8
    guard let bitCount = member.bitCount else { return (start + alignment - 1) / alignment * alignment }
    if isPacked { return start }
    // A bit-field does not cross a boundary of its type.
    let unit = max(CLayout.bitCount(of: member.type, usually: 4), 8)
    return start / unit == (start + bitCount - 1) / unit ? start : (start + unit - 1) / unit * unit
  }

  mutating func append(_ member: BTFType.Member, _ memberAlignment: Int?) {
    position = member.bitOffset + (member.bitCount ?? CLayout.bitCount(of: member.type, usually: 0))
    if !isPacked { alignment = max(alignment, (memberAlignment ?? 1) * 8) }
  }

  /// Returns the size of a value in bits, at most the size of the largest structure.
  private static func bitCount(of type: BTFType, usually byteCount: Int) -> Int {
    min(type.byteCount ?? byteCount, Int(UInt32.max)) * 8
  }

  /// Returns the approximate length of the text that pads up to a bit.
  func paddingByteCount(toBit end: Int) -> Int { max(end - position, 0) / 64 * 12 }

  /// Returns padding before a member, if its natural offset is lower.
  mutating func padding(before member: BTFType.Member, _ alignment: Int?, indent: String) -> String {
    guard naturalOffset(of: member, alignment, from: position) < member.bitOffset else { return "" }
    return padding(toBit: member.bitOffset, indent)
  }

  /// Returns padding at the end, if the natural size is smaller.
  mutating func padding(upTo size: Int, indent: String) -> String {
    let end = (position + alignment - 1) / alignment * alignment
    return end < size ? padding(toBit: size, indent) : ""
  }

  /// Returns unnamed bit-fields, which do not affect the structure's alignment: up to a byte boundary, then to a
  /// multiple of 8 bytes, and beyond.
  private mutating func padding(toBit end: Int, _ indent: String) -> String {
    var text = ""
    func line(_ type: String, _ bits: Int) {
      text += "\(indent)\(type): \(bits);\n"
      position += bits
    }
    if position % 8 != 0 { line("char", min(8 - position % 8, end - position)) }
    while position % 64 != 0, end - position >= 8 { line("char", 8) }
    while end - position >= 64 { line("long", 64) }
    while end - position >= 8 { line("char", 8) }
    if end > position { line("char", end - position) }
    return text
  }
}
