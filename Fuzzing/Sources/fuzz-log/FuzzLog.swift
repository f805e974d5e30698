//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFObjects
import FuzzSupport

/// Fuzzes the parser of verifier logs.
@main
enum FuzzLog {
  static func main() {
    Fuzzer.run { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let log = VerifierLog(text)
      Fuzzer.require(log.text == text, "the text differs")
      Fuzzer.use((log.description, log.instruction, log.reason, log.sourceLine, log.unknownCall?.number))
      Fuzzer.use((log.callers, log.function))
    }
  }
}
