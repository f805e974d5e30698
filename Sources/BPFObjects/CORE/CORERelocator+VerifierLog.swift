//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension CORERelocator {
  /// Which instruction a program was refused for, if it was refused for one that is poisoned.
  ///
  /// - Parameter log: the verifier's log.
  /// - Returns: the instruction's index in the program as the kernel was given it; nil if the log has none.
  package static func poisonedInstruction(inVerifierLog log: String) -> Int? {
    // The log ends with the instruction, disassembled, and why it is refused: "8: (85) call unknown#195896080".
    for line in log.utf8.split(separator: UInt8(ascii: "\n")).reversed() {
      let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      guard words.count >= 4,
        words[1...3].elementsEqual(["(85)", "call", "unknown#\(Instruction.poisonNumber)"])
      else { continue }
      return Int(words[0].dropLast())
    }
    return nil
  }
}
