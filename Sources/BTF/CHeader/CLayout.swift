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
    let isPacked = CLayout.isPacked(type, &alignments)
    var layout = CLayout(isPacked: isPacked)
    var text = "\(head) {\n"
    for member in type.members {
      let alignment = member.type.alignment(&alignments, depth: 0)
      if type.kind == .structure {
        guard take(layout.paddingByteCount(toBit: member.bitOffset)) else { break }
        text += layout.padding(before: member, alignment, indent: indent + "\t")
      }
      text += indent + "\t" + declaration(of: member.type, named: member.name, indent: indent + "\t")
      text += member.bitCount.map { ": \($0);\n" } ?? ";\n"
      layout.put(member, alignment)
    }
    let end = (type.byteCount ?? 0) * 8
    if type.kind == .structure, take(layout.paddingByteCount(toBit: end)) {
      text += layout.padding(upTo: end, indent: indent + "\t")
    }
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
  static func isPacked(_ type: BTFType, _ alignments: inout [Int: Int?]) -> Bool {
    var largest = 1
    for member in type.members {
      guard let alignment = member.type.alignment(&alignments, depth: 0) else { continue }
      largest = max(largest, alignment)
      if member.bitCount == nil, member.bitOffset % (alignment * 8) != 0 { return true }
    }
    return (type.byteCount ?? 0) % largest != 0
  }

  /// Where C puts a member that comes next at some bit or behind it.
  private func place(of member: BTFType.Member, _ alignment: Int?, from start: Int) -> Int {
    let alignment = isPacked ? 8 : (alignment ?? 1) * 8
    guard let bitCount = member.bitCount else { return (start + alignment - 1) / alignment * alignment }
    if isPacked { return start }
    // A bit-field does not cross a boundary of its type.
    let unit = max(CLayout.bitCount(of: member.type, usually: 4), 8)
    return start / unit == (start + bitCount - 1) / unit ? start : (start + unit - 1) / unit * unit
  }

  mutating func put(_ member: BTFType.Member, _ memberAlignment: Int?) {
    position = member.bitOffset + (member.bitCount ?? CLayout.bitCount(of: member.type, usually: 0))
    if !isPacked { alignment = max(alignment, (memberAlignment ?? 1) * 8) }
  }

  /// Bits of a value; of an array that is larger than any structure, as many as a structure can have.
  private static func bitCount(of type: BTFType, usually byteCount: Int) -> Int {
    min(type.byteCount ?? byteCount, Int(UInt32.max)) * 8
  }

  /// About how many bytes of text the members without a name take that reach up to a bit.
  func paddingByteCount(toBit end: Int) -> Int { max(end - position, 0) / 64 * 12 }

  /// Members without a name before one, if C would put it closer.
  mutating func padding(before member: BTFType.Member, _ alignment: Int?, indent: String) -> String {
    guard place(of: member, alignment, from: position) < member.bitOffset else { return "" }
    return padding(toBit: member.bitOffset, indent)
  }

  /// Members without a name at the end, if C would make the structure smaller.
  mutating func padding(upTo size: Int, indent: String) -> String {
    let end = (position + alignment - 1) / alignment * alignment
    return end < size ? padding(toBit: size, indent) : ""
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
