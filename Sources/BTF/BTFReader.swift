//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension BTFTypes {
  /// Parses a BTF object: the contents of a file or `.BTF` section, or bytes from the kernel.
  ///
  /// Makes no system call.
  ///
  /// - Parameters:
  ///   - bytes: the object, in either byte order.
  ///   - base: for split BTF, the object that it extends.
  /// - Throws: `BPFError`; `BPFError.Code.malformed` with the reason and its location.
  public convenience init(_ bytes: [UInt8], base: BTFTypes? = nil) throws(BPFError) {
    try self.init(BTFBytes(bytes), base: base)
  }

  convenience init(_ bytes: BTFBytes, base: BTFTypes?) throws(BPFError) {
    var bytes = bytes
    let isSwapped = try BTFReader.readHeader(of: &bytes)
    let (first, last) = unsafe bytes.withBytes { all in
      let strings = unsafe all[bytes.strings]
      return unsafe (strings.first, strings.last)
    }
    guard last == 0, base != nil || first == 0 else {
      throw BTFReader.malformed("the names do not begin and end with a NUL")
    }
    if isSwapped {
      guard bytes.types.count % 4 == 0 else {
        throw BTFReader.malformed("the size of the type section is not a multiple of four")
      }
      bytes.swapTypes()
    }
    let reader = BTFReader(base, bytes)
    let (offsets, kinds) = try reader.readTypes()
    self.init(
      bytes, offsets: offsets, kinds: kinds, base: base, isByteSwapped: isSwapped,
      hasLongName: reader.hasLongName)
  }
}

/// Validates an object in one pass: finds each type, and checks that all references are within bounds.
struct BTFReader {
  private let bytes: BTFBytes
  private let firstID: Int
  private let endString: Int

  /// Whether any name exceeds the length limit.
  let hasLongName: Bool

  init(_ base: BTFTypes?, _ bytes: BTFBytes) {
    self.bytes = bytes
    firstID = base?.endID ?? 1
    endString = (base?.endString ?? 0) + bytes.strings.count
    hasLongName = BTFReader.hasLongName(bytes)
  }

  static func malformed(_ reason: String) -> BPFError {
    BPFError(.readBTF, .malformed, "not valid BTF: \(reason)")
  }

  // MARK: - Header

  /// Reads the header and sets the section ranges. Returns whether the object is in the other byte order.
  static func readHeader(of bytes: inout BTFBytes) throws(BPFError) -> Bool {
    let header = bytes.copy(0..<min(24, bytes.count))
    guard header.count == 24 else { throw malformed("\(header.count) bytes are fewer than the header's 24") }
    let isSwapped: Bool
    switch UInt16(header[0]) | UInt16(header[1]) << 8 {
    case 0xeb9f: isSwapped = UInt16(littleEndian: 1) != 1
    case 0x9feb: isSwapped = UInt16(littleEndian: 1) == 1
    default: throw malformed("it does not begin with the magic number 0xeb9f")
    }
    guard header[2] == 1 else {
      throw malformed("version \(header[2]) is unknown; only version 1 is supported")
    }
    func word(_ offset: Int) -> Int {
      let word = unsafe header.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
      return Int(isSwapped ? word.byteSwapped : word)
    }
    // Section offsets are relative to the end of the header.
    func section(_ name: String, _ offset: Int) throws(BPFError) -> Range<Int> {
      let (start, length) = (word(4) + word(offset), word(offset + 4))
      guard word(4) >= 24, start + length <= bytes.count else {
        throw malformed(
          "its \(name) section (\(start) to \(start + length)) exceeds the object's \(bytes.count) bytes")
      }
      return start..<start + length
    }
    bytes.strings = try section("strings", 16)
    bytes.types = try section("types", 8)
    return isSwapped
  }

  // MARK: - Types

  /// Returns each type's offset in the section, and its kind. Throws if a type exceeds the section, or refers to a
  /// missing name or type.
  func readTypes() throws(BPFError) -> (offsets: [UInt32], kinds: [BTFKind]) {
    var (offsets, kinds): ([UInt32], [BTFKind]) = ([], [])
    offsets.reserveCapacity(bytes.types.count / 20)
    kinds.reserveCapacity(bytes.types.count / 20)
    // Comparing each reference would cost more than tracking the largest.
    var (lastName, lastID): (UInt32, UInt32) = (0, 0)
    try unsafe bytes.withBytes { (all) throws(BPFError) in
      let types = unsafe UnsafeRawBufferPointer(rebasing: all[bytes.types])
      var offset = 0
      while offset < types.count {
        let number = firstID + offsets.count
        let kind = try unsafe BTFReader.kind(ofTypeAt: offset, in: types, number: number)
        let end = try unsafe BTFReader.end(ofTypeAt: offset, in: types, kind, number: number)
        offsets.append(UInt32(truncatingIfNeeded: offset))
        kinds.append(kind)
        unsafe BTFReader.forEachReference(ofTypeAt: offset, in: types, kind) {
          if $0 == .name { lastName = max(lastName, $1) } else { lastID = max(lastID, $1) }
        }
        offset = end
      }
    }
    guard lastName < endString, lastID < firstID + offsets.count else { throw wrongReference(offsets, kinds) }
    if hasLongName { try checkNames(offsets, kinds) }
    return (offsets, kinds)
  }

  // MARK: - Names

  /// Returns whether any name exceeds the length limit. Usually reads only a few bytes of every few thousand.
  private static func hasLongName(_ bytes: BTFBytes) -> Bool {
    unsafe bytes.withBytes { all in
      var start = bytes.strings.lowerBound
      while bytes.strings.upperBound - start > BTFTypes.longestName {
        let window = unsafe all[start...start + BTFTypes.longestName]
        guard let end = unsafe window.lastIndex(of: 0) else { return true }
        start = end + 1
      }
      return false
    }
  }

  /// Throws if a type's name exceeds the length limit. Otherwise a list of small types that share a long name could
  /// need excessive memory.
  private func checkNames(_ offsets: [UInt32], _ kinds: [BTFKind]) throws(BPFError) {
    let firstName = endString - bytes.strings.count
    var isLong = false
    unsafe bytes.withBytes { all in
      let types = unsafe UnsafeRawBufferPointer(rebasing: all[bytes.types])
      let names = unsafe UnsafeRawBufferPointer(rebasing: all[bytes.strings])
      for (offset, kind) in zip(offsets, kinds) where !isLong {
        unsafe BTFReader.forEachReference(ofTypeAt: Int(offset), in: types, kind) {
          guard $0 == .name, $1 >= firstName else { return }
          let name = unsafe names[(Int($1) - firstName)...].prefix(BTFTypes.longestName + 1)
          if unsafe !name.contains(0) { isLong = true }
        }
      }
    }
    guard !isLong else {
      throw BTFReader.malformed("a type's name exceeds \(BTFTypes.longestName) bytes")
    }
  }

  /// Returns the kind of the type at an offset, after checking that its common part is within the section.
  @inline(__always)
  private static func kind(
    ofTypeAt offset: Int, in types: UnsafeRawBufferPointer, number: Int
  ) throws(BPFError) -> BTFKind {
    guard offset + 12 <= types.count else { throw malformed("type \(number) is truncated") }
    let info = unsafe types.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
    guard let kind = BTFKind(rawValue: UInt8(info >> 24 & 0x1f)), kind != .void else {
      throw malformed("type \(number) has the unknown kind \(info >> 24 & 0x1f)")
    }
    return kind
  }

  /// Returns the offset after the type at an offset.
  @inline(__always)
  private static func end(
    ofTypeAt offset: Int, in types: UnsafeRawBufferPointer, _ kind: BTFKind, number: Int
  ) throws(BPFError) -> Int {
    let info = unsafe types.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
    let end = offset + 12 + kind.trailingByteCount(Int(info & 0xffff))
    guard end <= types.count else { throw malformed("type \(number), a \(kind), is truncated") }
    return end
  }

  private enum Reference { case name, type }

  /// Calls a closure with each name offset and type id in a type within the section.
  @inline(__always)
  private static func forEachReference(
    ofTypeAt offset: Int, in types: UnsafeRawBufferPointer, _ kind: BTFKind,
    _ body: (Reference, UInt32) -> Void
  ) {
    func word(_ index: Int) -> UInt32 {
      unsafe types.loadUnaligned(fromByteOffset: offset + index &* 4, as: UInt32.self)
    }
    let count = Int(word(1) & 0xffff)
    body(.name, word(0))
    if kind.refersToType { body(.type, word(2)) }
    switch kind {
    case .array:
      body(.type, word(3))
      body(.type, word(4))
    case .structure, .union, .functionPrototype:
      let stride = kind == .functionPrototype ? 2 : 3
      for member in 0..<count {
        body(.name, word(3 + member &* stride))
        body(.type, word(4 + member &* stride))
      }
    case .enumeration, .enumeration64:
      let stride = kind == .enumeration ? 2 : 3
      for member in 0..<count { body(.name, word(3 + member &* stride)) }
    case .dataSection:
      for member in 0..<count { body(.type, word(3 + member &* 3)) }
    default: break
    }
  }

  /// Returns the error for the first invalid reference.
  private func wrongReference(_ offsets: [UInt32], _ kinds: [BTFKind]) -> BPFError {
    let endID = firstID + offsets.count
    var reason: String?
    unsafe bytes.withBytes { all in
      let types = unsafe UnsafeRawBufferPointer(rebasing: all[bytes.types])
      for (index, offset) in offsets.enumerated() where reason == nil {
        let type = "type \(firstID + index), a \(kinds[index]),"
        unsafe BTFReader.forEachReference(ofTypeAt: Int(offset), in: types, kinds[index]) {
          if $0 == .name, $1 >= endString {
            reason = reason ?? "\(type) has a name beyond the string section"
          }
          if $0 == .type, $1 >= endID { reason = reason ?? "\(type) refers to type \($1) of \(endID - 1)" }
        }
      }
    }
    return BTFReader.malformed(reason ?? "it has an invalid reference")
  }
}
