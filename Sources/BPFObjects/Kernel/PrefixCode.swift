//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A prefix code of RFC 1951, defined by the code length of each symbol: codes of one length ascend with their
/// symbols, shorter codes before longer.
struct PrefixCode {
  private static let maximumLength = 15

  /// The number of symbols for each code length.
  private var counts = [Int](repeating: 0, count: maximumLength + 1)

  /// The symbols in the order of their codes.
  private var symbols: [Int] = []

  /// Creates a code from valid lengths.
  ///
  /// - Parameter lengths: for each symbol the bits of its code, up to 15; 0 if it has none.
  init(lengths: [UInt8]) {
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    let used = lengths.indices.filter { lengths[$0] > 0 }
    symbols = used.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
  }

  /// Creates a code from untrusted lengths.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.malformed` if the lengths allow more codes than there are bit
  ///   patterns, or fewer. A code with a single symbol, or with none, may be incomplete.
  init(checking lengths: [UInt8]) throws(BPFError) {
    self.init(lengths: lengths)
    var free = 1
    for count in counts.dropFirst() {
      free = free * 2 - count
      guard free >= 0 else { throw Gzip.malformed("a code has two meanings") }
    }
    guard free == 0 || symbols.count == counts[1] else { throw Gzip.malformed("a code is incomplete") }
  }

  /// Reads a symbol.
  func symbol(_ input: inout BitReader) throws(BPFError) -> Int {
    // The codes of each length are consecutive from `first`.
    var (code, first, index) = (0, 0, 0)
    for length in 1...PrefixCode.maximumLength {
      code |= try input.bits(1)
      let count = counts[length]
      if code - first < count { return symbols[index + code - first] }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    throw Gzip.malformed("a code has no meaning")
  }
}
