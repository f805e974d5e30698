//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// Decompresses the DEFLATE format (RFC 1951): stored blocks, or prefix-coded literals and back references.
///
/// Reads bit by bit without lookup tables, which suffices for a file of some hundred kilobytes that is read once.
struct Inflate {
  private var input: BitReader
  private var output: [UInt8]
  private let start: Int
  private let limit: Int

  /// Decompresses the blocks at an offset and appends the result.
  ///
  /// - Parameters:
  ///   - bytes: the compressed bytes.
  ///   - offset: the offset of the first block.
  ///   - output: the output to append to. References reach back only to its initial end.
  ///   - limit: the maximum size of the output.
  /// - Returns: the offset of the first byte after the blocks.
  /// - Throws: `BPFError` with `BPFError.Code.malformed` and the reason.
  static func expand(
    _ bytes: [UInt8], from offset: Int, into output: inout [UInt8], limit: Int
  ) throws(BPFError) -> Int {
    var inflate = Inflate(
      input: BitReader(bytes, from: offset), output: output, start: output.count, limit: limit)
    while try !inflate.readBlock() {}
    output = inflate.output
    return inflate.input.place
  }
}

// MARK: - Blocks

extension Inflate {
  /// Reads a block.
  ///
  /// - Returns: whether it was the last block.
  private mutating func readBlock() throws(BPFError) -> Bool {
    let isLast = try input.bits(1) == 1
    switch try input.bits(2) {
    case 0: try readStored()
    case 1: try readCompressed(literals: Inflate.fixedLiterals, distances: Inflate.fixedDistances)
    case 2:
      let (literals, distances) = try readCodes()
      try readCompressed(literals: literals, distances: distances)
    default: throw Gzip.malformed("a block has an unknown type")
    }
    return isLast
  }

  private mutating func readStored() throws(BPFError) {
    input.skipToByte()
    let (length, complement) = (try input.bits(16), try input.bits(16))
    guard length == ~complement & 0xffff else { throw Gzip.malformed("the length of a block is wrong") }
    try checkLimit(adding: length)
    output += try input.bytes(length)
  }

  private mutating func readCompressed(literals: PrefixCode, distances: PrefixCode) throws(BPFError) {
    while true {
      let symbol = try literals.symbol(&input)
      switch symbol {
      case 0..<256:
        try checkLimit(adding: 1)
        output.append(UInt8(truncatingIfNeeded: symbol))
      case 256: return
      default:
        let length = try number(symbol - 257, Inflate.lengths)
        let distance = try number(distances.symbol(&input), Inflate.distances)
        try copy(length, from: distance)
      }
    }
  }

  /// Repeats bytes of the output, possibly overlapping the ones it appends.
  private mutating func copy(_ length: Int, from distance: Int) throws(BPFError) {
    guard distance <= output.count - start else {
      throw Gzip.malformed("it refers to data before its beginning")
    }
    try checkLimit(adding: length)
    for _ in 0..<length { output.append(output[output.count - distance]) }
  }

  /// Throws if the output would exceed the limit.
  private func checkLimit(adding count: Int) throws(BPFError) {
    guard count <= limit - output.count else { throw Gzip.malformed("it holds more than \(limit) bytes") }
  }
}

// MARK: - Lengths and distances

extension Inflate {
  /// The base value of a symbol, and the number of extra bits to add.
  private typealias Number = (base: Int, extraBits: Int)

  /// Lengths 3 to 258: after eight single ones, four symbols for each number of extra bits.
  private static let lengths = numbers(from: 3, count: 28, perStep: 4) + [(258, 0)]

  /// Distances 1 to 32768: after four single ones, two symbols for each number of extra bits.
  private static let distances = numbers(from: 1, count: 30, perStep: 2)

  private static func numbers(from first: Int, count: Int, perStep: Int) -> [Number] {
    var next = first
    return (0..<count).map { index in
      let extraBits = max(index / perStep - 1, 0)
      defer { next += 1 << extraBits }
      return (next, extraBits)
    }
  }

  private mutating func number(_ symbol: Int, _ numbers: [Number]) throws(BPFError) -> Int {
    guard numbers.indices.contains(symbol) else {
      throw Gzip.malformed("it has an invalid length or distance")
    }
    return numbers[symbol].base + (try input.bits(numbers[symbol].extraBits))
  }
}

// MARK: - Codes

extension Inflate {
  private static let fixedLiterals = PrefixCode(
    lengths: [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
      + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8))

  private static let fixedDistances = PrefixCode(lengths: [UInt8](repeating: 5, count: 32))

  /// The order in which the lengths of the code for lengths are written: those that are often 0 come last.
  private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  /// Reads the codes of a dynamic block.
  private mutating func readCodes() throws(BPFError) -> (literals: PrefixCode, distances: PrefixCode) {
    let literalCount = try input.bits(5) + 257
    let distanceCount = try input.bits(5) + 1
    let orderCount = try input.bits(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else {
      throw Gzip.malformed("a code has too many symbols")
    }
    var lengths = [UInt8](repeating: 0, count: Inflate.order.count)
    for index in Inflate.order.prefix(orderCount) {
      lengths[index] = UInt8(truncatingIfNeeded: try input.bits(3))
    }
    let all = try readLengths(literalCount + distanceCount, try PrefixCode(checking: lengths))
    guard all[256] != 0 else { throw Gzip.malformed("a block cannot end") }
    return (
      try PrefixCode(checking: Array(all[..<literalCount])),
      try PrefixCode(checking: Array(all[literalCount...]))
    )
  }

  private mutating func readLengths(_ count: Int, _ code: PrefixCode) throws(BPFError) -> [UInt8] {
    var lengths: [UInt8] = []
    while lengths.count < count {
      let symbol = try code.symbol(&input)
      var (length, repetitions): (UInt8, Int) = (0, 1)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw Gzip.malformed("it repeats a length before there is one") }
        (length, repetitions) = (last, 3 + (try input.bits(2)))
      case 17: repetitions = 3 + (try input.bits(3))
      case 18: repetitions = 11 + (try input.bits(7))
      default: length = UInt8(truncatingIfNeeded: symbol)
      }
      lengths += repeatElement(length, count: repetitions)
    }
    guard lengths.count == count else { throw Gzip.malformed("it repeats a length too often") }
    return lengths
  }
}
