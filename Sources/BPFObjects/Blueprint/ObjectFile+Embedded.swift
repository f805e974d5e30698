//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension ObjectFile {
  /// Reads an object that the build plugin embedded in a program.
  ///
  /// - Parameters:
  ///   - text: the bytes of the object, in Base64 (RFC 4648).
  ///   - name: the name of the object.
  /// - Throws: `BPFError`, as ``init(bytes:name:)``; `BPFError.Code.malformed` also if the text is not Base64.
  public init(embedded text: StaticString, name: String) throws(BPFError) {
    let bytes: [UInt8]? = text.withUTF8Buffer { unsafe ObjectFile.bytes(ofBase64: $0) }
    guard let bytes else {
      throw BPFError(.readObject, .malformed, "the text of the object '\(name)' is not Base64")
    }
    try self.init(bytes: bytes, name: name)
  }

  /// Decodes Base64; nil if the text is not Base64.
  private static func bytes(ofBase64 text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let padding = unsafe text.suffix(2).count { $0 == UInt8(ascii: "=") }
    guard text.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var group: UInt32 = 0
    for index in 0..<text.count {
      let isPadding = index >= text.count - padding
      guard let digit = isPadding ? 0 : unsafe value(ofDigit: text[index]) else { return nil }
      group = group << 6 | UInt32(digit)
      guard index % 4 == 3 else { continue }
      bytes.append(UInt8(truncatingIfNeeded: group >> 16))
      bytes.append(UInt8(truncatingIfNeeded: group >> 8))
      bytes.append(UInt8(truncatingIfNeeded: group))
      group = 0
    }
    bytes.removeLast(padding)
    return bytes
  }

  private static func value(ofDigit digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
