//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Splits bytes that arrive in chunks into lines.
struct LineSplitter {
  private var bytes: [UInt8] = []
  /// The offset of the first byte that was not returned yet.
  private var start = 0

  /// The length limit of a line. A longer line is returned in pieces, so that no text can use up all memory.
  static let longestLine = 1 << 16

  mutating func append(_ more: [UInt8]) {
    bytes.removeSubrange(..<start)
    start = 0
    bytes += more
  }

  /// Returns the next line without its terminator; nil if no line is complete. Invalid UTF-8 is replaced.
  mutating func next() -> String? {
    let rest = bytes[start...]
    if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      start = end + 1
      return String(decoding: rest[..<end], as: UTF8.self)
    }
    guard rest.count >= LineSplitter.longestLine else { return nil }
    start = bytes.count
    return String(decoding: rest, as: UTF8.self)
  }
}
