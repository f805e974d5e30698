//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Structures in C whose members stand where the kernel has them.

extension CHeaderWriter {
  /// `struct name { ... }`, without what follows.
  mutating func definition(of type: BTFType, indent: String) -> String {
    let keyword = type.kind == .union ? "union" : "struct"
    let head = type.name.isEmpty ? keyword : typeName(type)
    let isPacked = CLayout.isPacked(type)
    var layout = CLayout(isPacked: isPacked)
    var text = "\(head) {\n"
    for member in type.members {
      if type.kind == .structure { text += layout.padding(before: member, indent: indent + "\t") }
      text += indent + "\t" + declaration(of: member.type, named: member.name, indent: indent + "\t")
      text += member.bitCount.map { ": \($0);\n" } ?? ";\n"
      layout.put(member)
    }
    if type.kind == .structure { text += layout.padding(upTo: type.byteCount ?? 0, indent: indent + "\t") }
    return text + indent + (isPacked ? "} __attribute__((packed))" : "}")
  }
}

/// Where C would put the next member of a structure by itself, and what to put there for it to stand elsewhere.
struct CLayout {
  let isPacked: Bool
  /// The bit behind the last member.
  private var position = 0
  /// The alignment of the structure so far, in bits.
  private var alignment = 8

  init(isPacked: Bool) { self.isPacked = isPacked }

  /// Whether members stand closer than C would put them, or the size is smaller than C would make it.
  static func isPacked(_ type: BTFType) -> Bool {
    var largest = 1
    for member in type.members {
      guard let alignment = member.type.alignment else { continue }
      largest = max(largest, alignment)
      if member.bitCount == nil, member.bitOffset % (alignment * 8) != 0 { return true }
    }
    return (type.byteCount ?? 0) % largest != 0
  }

  /// Where C puts a member that comes next at some bit or behind it.
  private func place(of member: BTFType.Member, from start: Int) -> Int {
    let alignment = isPacked ? 8 : (member.type.alignment ?? 1) * 8
    guard let bitCount = member.bitCount else { return (start + alignment - 1) / alignment * alignment }
    if isPacked { return start }
    // A bit-field does not cross a boundary of its type.
    let unit = (member.type.byteCount ?? 4) * 8
    return start / unit == (start + bitCount - 1) / unit ? start : (start + unit - 1) / unit * unit
  }

  mutating func put(_ member: BTFType.Member) {
    position = member.bitOffset + (member.bitCount ?? (member.type.byteCount ?? 0) * 8)
    if !isPacked { alignment = max(alignment, (member.type.alignment ?? 1) * 8) }
  }

  /// Members without a name before one, if C would put it closer.
  mutating func padding(before member: BTFType.Member, indent: String) -> String {
    guard place(of: member, from: position) < member.bitOffset else { return "" }
    return padding(toBit: member.bitOffset, indent)
  }

  /// Members without a name at the end, if C would make the structure smaller.
  mutating func padding(upTo byteCount: Int, indent: String) -> String {
    let end = (position + alignment - 1) / alignment * alignment
    return end < byteCount * 8 ? padding(toBit: byteCount * 8, indent) : ""
  }

  /// Bit-fields without a name, which leave the structure's alignment alone: up to a byte, up to 8 of them, and on.
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
