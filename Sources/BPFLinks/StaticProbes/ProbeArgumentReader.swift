//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Reads where the values of a static probe are, one after the other: `-4@%edi 8@16(%rsp)` and the like.
struct ProbeArgumentReader {
  private let text: [UInt8]
  private var position = 0

  init(_ text: String) {
    self.text = Array(text.utf8)
    skipSpace()
  }

  var isAtEnd: Bool { position == text.count }

  /// What was not read yet.
  var rest: String { String(decoding: text[position...], as: UTF8.self) }

  /// The next value; nil if it is not understood.
  mutating func argument(_ processor: ProbeProcessor) -> ProbeArgument? {
    guard let size = number(), [1, 2, 4, 8].contains(size.magnitude), take("@"),
      let place = processor.isArm ? armPlace(processor) : x86Place(processor),
      isAtEnd || text[position] == UInt8(ascii: " ")
    else { return nil }
    skipSpace()
    return ProbeArgument(place: place, byteCount: Int(size.magnitude), isSigned: size < 0)
  }

  /// `$7`, `%rdi`, `-8(%rbp)` or `16(%rdi,%rsi,8)`.
  private mutating func x86Place(_ processor: ProbeProcessor) -> ProbeArgument.Place? {
    if take("$") { return number().map { .constant($0) } }
    if take("%") { return register(processor).map { .register($0) } }
    let offset = number() ?? 0
    guard take("("), take("%"), let base = register(processor) else { return nil }
    if take(")") { return .memory(base, offset: offset) }
    guard takeComma(), take("%"), let index = register(processor) else { return nil }
    var scale: Int64 = 1
    if takeComma() {
      guard let given = number() else { return nil }
      scale = given
    }
    guard [1, 2, 4, 8].contains(scale), take(")") else { return nil }
    return .indexed(base, offset: offset, index: index, shift: scale.trailingZeroBitCount)
  }

  /// `7`, `x0`, `[sp]` or `[x0, 16]`.
  private mutating func armPlace(_ processor: ProbeProcessor) -> ProbeArgument.Place? {
    if let value = number() { return .constant(value) }
    guard take("[") else { return register(processor).map { .register($0) } }
    guard let base = register(processor) else { return nil }
    var offset: Int64 = 0
    if takeComma() {
      guard let given = number() else { return nil }
      offset = given
    }
    return take("]") ? .memory(base, offset: offset) : nil
  }

  // MARK: - Words

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

  /// A decimal number; nothing is read if there is none.
  private mutating func number() -> Int64? {
    var end = position
    if end < text.count, text[end] == UInt8(ascii: "-") { end += 1 }
    while end < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[end]) { end += 1 }
    guard let number = Int64(String(decoding: text[position..<end], as: UTF8.self)) else { return nil }
    position = end
    return number
  }

  private mutating func register(_ processor: ProbeProcessor) -> Int? {
    let name = text[position...].prefix {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
    }
    guard let offset = processor.offset(ofRegister: String(decoding: name, as: UTF8.self)) else { return nil }
    position = name.endIndex
    return offset
  }
}
