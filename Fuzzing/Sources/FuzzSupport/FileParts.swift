//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Finds the parts of a file without the library, skipping whatever is malformed.
public enum FileParts {
  /// Returns the ELF header, the section headers, the sections, and the parts of BTF sections.
  public static func elf(_ bytes: [UInt8]) -> [Range<Int>] {
    guard bytes.count >= 64 else { return [] }
    let isLittle = bytes[5] != 2
    func number(_ offset: Int, _ width: Int) -> Int {
      FileParts.number(bytes, offset, width, isLittle: isLittle)
    }
    var parts = [0..<64]
    let (table, count) = (number(40, 8), number(60, 2))
    guard count > 0, table <= bytes.count, count * 64 <= bytes.count - table else { return parts }
    parts.append(table..<table + count * 64)
    for index in 0..<count {
      let (start, length) = (number(table + index * 64 + 24, 8), number(table + index * 64 + 32, 8))
      guard start <= bytes.count, length <= bytes.count - start, length > 0 else { continue }
      let inner = btf(Array(bytes[start..<start + length]))
      parts +=
        inner.isEmpty ? [start..<start + length] : inner.map { $0.lowerBound + start..<$0.upperBound + start }
    }
    return parts
  }

  /// Returns the parts of an ELF file, and the program headers.
  public static func executable(_ bytes: [UInt8]) -> [Range<Int>] {
    guard bytes.count >= 64 else { return [] }
    let isLittle = bytes[5] != 2
    let start = number(bytes, 32, 8, isLittle: isLittle)
    let count = number(bytes, 56, 2, isLittle: isLittle) * 56
    return elf(bytes) + (start <= bytes.count && count <= bytes.count - start ? [start..<start + count] : [])
  }

  /// Returns the types of a BTF object, its strings, and the bytes after it.
  public static func btf(_ bytes: [UInt8]) -> [Range<Int>] {
    let magics: [[UInt8]] = [[0x9f, 0xeb], [0xeb, 0x9f]]
    guard bytes.count >= 24, let order = magics.firstIndex(of: Array(bytes[..<2])) else { return [] }
    func number(_ offset: Int) -> Int { FileParts.number(bytes, offset, 4, isLittle: order == 0) }
    let head = number(4)
    let sections = [(head + number(8), number(12)), (head + number(16), number(20))]
    var parts = sections.filter { $0.0 + $0.1 <= bytes.count }.map { $0.0..<$0.0 + $0.1 }
    let end = btfEnd(bytes) ?? bytes.count
    if end < bytes.count { parts.append(end..<bytes.count) }
    return parts
  }

  /// Returns the end of a BTF object according to its header, or `nil` if the header is invalid.
  public static func btfEnd(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 24 else { return nil }
    let isLittle = bytes[0] == 0x9f
    func number(_ offset: Int) -> Int { FileParts.number(bytes, offset, 4, isLittle: isLittle) }
    let end = number(4) + max(number(8) + number(12), number(16) + number(20))
    return end <= bytes.count ? end : nil
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ width: Int, isLittle: Bool) -> Int {
    let part = bytes[offset..<offset + width]
    let number = (isLittle ? part.reversed() : Array(part)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // No fuzzer input is that large, and sums of such numbers do not overflow.
    return Int(min(number, 1 << 40))
  }
}
