//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Takes bytes as they come, and gives lines.
struct LineSplitter {
  private var bytes: [UInt8] = []
  /// Where the first line begins that was not given yet.
  private var start = 0

  /// A line that grows longer is given in pieces, so that no text can take all memory.
  static let longestLine = 1 << 16

  mutating func append(_ more: [UInt8]) {
    bytes.removeSubrange(..<start)
    start = 0
    bytes += more
  }

  /// The next line, without its end; nil if none is whole. Bytes that are no UTF-8 are replaced.
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
