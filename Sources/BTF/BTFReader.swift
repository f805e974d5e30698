//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension BTFTypes {
  /// Reads a BTF object from bytes: those of a file, of a `.BTF` section, or that the kernel gave.
  ///
  /// No system call.
  ///
  /// - Parameters:
  ///   - bytes: the object, in either byte order.
  ///   - base: for split BTF, the object its types build on.
  /// - Throws: `BPFError` with `BPFError.Code.malformed` saying what is wrong and where.
  public convenience init(_ bytes: [UInt8], base: BTFTypes? = nil) throws(BPFError) {
    let reader = try BTFReader(bytes)
    let strings = try reader.section(.strings)
    var types = try reader.section(.types)
    guard strings.last == 0, base != nil || strings.first == 0 else {
      throw BTFReader.malformed("the names do not begin and end with a NUL")
    }
    if reader.isSwapped { try BTFReader.swap(&types) }
    self.init(
      types: types, strings: strings, offsets: try BTFReader.offsets(in: types), base: base,
      isByteSwapped: reader.isSwapped)
    try checkReferences()
  }
}

/// The head of a BTF object, and what is found by it.
struct BTFReader {
  private let bytes: [UInt8]
  let isSwapped: Bool

  enum Section: Int {
    case types = 8
    case strings = 16
  }

  init(_ bytes: [UInt8]) throws(BPFError) {
    self.bytes = bytes
    guard bytes.count >= 24 else { throw Self.malformed("\(bytes.count) bytes are less than its head of 24") }
    switch UInt16(bytes[0]) | UInt16(bytes[1]) << 8 {
    case 0xeb9f: isSwapped = UInt16(littleEndian: 1) != 1
    case 0x9feb: isSwapped = UInt16(littleEndian: 1) == 1
    default: throw Self.malformed("it does not begin with the number 0xeb9f")
    }
    guard bytes[2] == 1 else { throw Self.malformed("version \(bytes[2]) is unknown; this library reads 1") }
  }

  static func malformed(_ reason: String) -> BPFError {
    BPFError(.readBTF, .malformed, "this is no BTF: \(reason)")
  }

  private func word(at offset: Int) -> Int {
    let word = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return Int(isSwapped ? word.byteSwapped : word)
  }

  /// The bytes of a section. Its place counts from the end of the head.
  func section(_ section: Section) throws(BPFError) -> [UInt8] {
    let headLength = word(at: 4)
    let (start, length) = (headLength + word(at: section.rawValue), word(at: section.rawValue + 4))
    guard headLength >= 24, start + length <= bytes.count else {
      throw Self.malformed(
        "its \(section) lie behind its end (\(start) to \(start + length) of \(bytes.count))")
    }
    return Array(bytes[start..<start + length])
  }

  /// Where each type begins. Throws if one does not end within the bytes.
  static func offsets(in types: [UInt8]) throws(BPFError) -> [UInt32] {
    var offsets: [UInt32] = []
    offsets.reserveCapacity(types.count / 36)
    var offset = 0
    while offset < types.count {
      guard offset + 12 <= types.count else { throw malformed("type \(offsets.count + 1) is cut off") }
      let info = unsafe types.span.bytes.unsafeLoadUnaligned(
        fromByteOffset: offset + 4, as: UInt32.self)
      guard let kind = BTFKind(rawValue: UInt8(info >> 24 & 0x1f)), kind != .void else {
        throw malformed("type \(offsets.count + 1) is of the unknown kind \(info >> 24 & 0x1f)")
      }
      offsets.append(UInt32(truncatingIfNeeded: offset))
      offset += 12 + kind.trailingByteCount(Int(info & 0xffff))
      guard offset <= types.count else {
        throw malformed("type \(offsets.count), a \(kind), is cut off")
      }
    }
    return offsets
  }

  /// Brings the words of types into this machine's byte order. All there is are words.
  static func swap(_ types: inout [UInt8]) throws(BPFError) {
    guard types.count % 4 == 0 else { throw malformed("its types do not end with a whole word") }
    for offset in stride(from: 0, to: types.count, by: 4) {
      types.swapAt(offset, offset + 3)
      types.swapAt(offset + 1, offset + 2)
    }
  }
}

// MARK: - References

extension BTFTypes {
  /// Throws unless every name and every type that is referred to is there.
  fileprivate func checkReferences() throws(BPFError) {
    let (endID, endString) = (endID, endString)
    for index in offsets.indices {
      let offset = Int(offsets[index])
      let (info, third) = (word(at: offset + 4), Int(word(at: offset + 8)))
      let kind = kind(at: index)
      func check(id: Int) throws(BPFError) {
        guard id < endID else {
          throw BTFReader.malformed(
            "type \(firstID + index), a \(kind), refers to type \(id) of \(endID - 1)")
        }
      }
      func check(name: Int) throws(BPFError) {
        guard name < endString else {
          throw BTFReader.malformed("type \(firstID + index), a \(kind), has a name behind the last")
        }
      }
      try check(name: nameOffset(at: index))
      if kind.refersToType { try check(id: third) }
      let members = offset + 12
      switch kind {
      case .array:
        try check(id: Int(word(at: members)))
        try check(id: Int(word(at: members + 4)))
      case .structure, .union, .functionPrototype:
        let stride = kind == .functionPrototype ? 8 : 12
        for member in 0..<Int(info & 0xffff) {
          try check(name: Int(word(at: members + member * stride)))
          try check(id: Int(word(at: members + member * stride + 4)))
        }
      case .enumeration, .enumeration64:
        let stride = kind == .enumeration ? 8 : 12
        for member in 0..<Int(info & 0xffff) { try check(name: Int(word(at: members + member * stride))) }
      case .dataSection:
        for member in 0..<Int(info & 0xffff) { try check(id: Int(word(at: members + member * 12))) }
      default: break
      }
    }
  }
}
