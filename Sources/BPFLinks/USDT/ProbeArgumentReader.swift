//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// Parses the argument locations of a USDT probe, one after the other: `-4@%edi 8@16(%rsp)` and the like.
struct ProbeArgumentReader {
  private let text: [UInt8]
  private var position = 0

  init(_ text: String) {
    self.text = Array(text.utf8)
    skipSpace()
  }

  var isAtEnd: Bool { position == text.count }

  /// The text that was not parsed yet.
  var rest: String { String(decoding: text[position...], as: UTF8.self) }

  /// Parses the next argument; nil if it is not supported.
  mutating func argument(_ architecture: Architecture) -> ProbeArgument? {
    guard let size = number(), [1, 2, 4, 8].contains(size.magnitude), take("@"),
      let location = operand(architecture),
      isAtEnd || text[position] == UInt8(ascii: " ")
    else { return nil }
    skipSpace()
    return ProbeArgument(location: location, byteCount: Int(size.magnitude), isSigned: size < 0)
  }

  private mutating func operand(_ architecture: Architecture) -> ProbeArgument.Location? {
    switch architecture.operandSyntax {
    case .att: attOperand(architecture)
    case .arm: armOperand(architecture)
    case nil: nil
    }
  }

  /// Parses `$7`, `%rdi`, `-8(%rbp)` or `16(%rdi,%rsi,8)`.
  private mutating func attOperand(_ architecture: Architecture) -> ProbeArgument.Location? {
    if take("$") { return number().map { .constant($0) } }
    if take("%") { return register(architecture).map { .register($0) } }
    let offset = number() ?? 0
    guard take("("), take("%"), let base = register(architecture) else { return nil }
    if take(")") { return .memory(base, offset: offset) }
    guard takeComma(), take("%"), let index = register(architecture) else { return nil }
    var scale: Int64 = 1
    if takeComma() {
      guard let given = number() else { return nil }
      scale = given
    }
    guard [1, 2, 4, 8].contains(scale), take(")") else { return nil }
    return .indexed(base, offset: offset, index: index, shift: scale.trailingZeroBitCount)
  }

  /// Parses `7`, `x0`, `xzr`, `[sp]`, `[x0, 16]`, `[x0, x1]` or `[x0, x1, lsl 3]`.
  ///
  /// Two forms are not supported. Programs add whole registers, so an index of 32 bits (`[x0, w1, sxtw 2]`) is
  /// rejected. The address of a symbol (`[x2, #:lo12:name]`) is rejected too, because the note does not contain its
  /// value.
  private mutating func armOperand(_ architecture: Architecture) -> ProbeArgument.Location? {
    if let value = armNumber() { return .constant(value) }
    guard take("[") else {
      if let zero = architecture.zeroRegisters.first(where: { word == $0 }) {
        position += zero.utf8.count
        return .constant(0)
      }
      return register(architecture).map { .register($0) }
    }
    guard let base = register(architecture) else { return nil }
    if take("]") { return .memory(base, offset: 0) }
    guard takeComma() else { return nil }
    if let offset = armNumber() { return take("]") ? .memory(base, offset: offset) : nil }
    guard word.hasPrefix("x"), let index = register(architecture) else { return nil }
    if take("]") { return .indexed(base, offset: 0, index: index, shift: 0) }
    guard takeComma(), word == "lsl" else { return nil }
    position += 3
    skipSpace()
    guard let shift = armNumber(), (0...3).contains(shift), take("]") else { return nil }
    return .indexed(base, offset: 0, index: index, shift: Int(shift))
  }

  /// Parses a number, which assemblers may mark with `#`.
  private mutating func armNumber() -> Int64? {
    let start = position
    _ = take("#")
    guard let number = number() else {
      position = start
      return nil
    }
    return number
  }

  // MARK: - Tokens

  private mutating func skipSpace() {
    while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func takeComma() -> Bool {
    guard take(",") else { return false }
    skipSpace()
    return true
  }

  /// Parses a decimal number; consumes nothing if there is none.
  private mutating func number() -> Int64? {
    var end = position
    if end < text.count, text[end] == UInt8(ascii: "-") { end += 1 }
    while end < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[end]) { end += 1 }
    guard let number = Int64(String(decoding: text[position..<end], as: UTF8.self)) else { return nil }
    position = end
    return number
  }

  /// The letters and digits that come next.
  private var word: String {
    let word = text[position...].prefix {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
    }
    return String(decoding: word, as: UTF8.self)
  }

  private mutating func register(_ architecture: Architecture) -> Int? {
    let name = word
    guard let offset = architecture.registerOffsets[name] else { return nil }
    position += name.utf8.count
    return offset
  }
}
