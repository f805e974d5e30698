//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFLinks
@testable import BPFSyscall
import FuzzSupport

/// Fuzzes parsers of short texts: CPU lists, the mappings of a process, function names, patterns, and USDT probe
/// arguments.
@main
enum FuzzList {
  static func main() {
    Fuzzer.run { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      if let numbers = KernelList.numbers(in: text) {
        Fuzzer.require(!numbers.isEmpty && numbers.count <= 1 << 16, "\(numbers.count) numbers")
        Fuzzer.require(zip(numbers, numbers.dropFirst()).allSatisfy(<), "the numbers are not in order")
        Fuzzer.require(PossibleCPUs(parsing: text)?.ids == numbers, "different CPUs")
      }
      for mapping in ProbeAddresses.mappings(of: "/lib/a.so", in: text) {
        Fuzzer.require(mapping.start <= mapping.end, "\(mapping)")
      }
      let name = FunctionName(text)
      Fuzzer.require(name.name.utf8.count <= text.utf8.count && name.text == text, "the name differs")
      // Limited to the length of realistic patterns: matching n stars can take n squared steps.
      Fuzzer.use(NamePattern(String(text.prefix(256))).matches(bytes.prefix(256)))
      for architecture in [Architecture.x86_64, .arm64] {
        if case .success(let arguments) = ProbeArgument.all(in: text, architecture) {
          Fuzzer.require(arguments.allSatisfy { $0.bytes.count == 16 }, "arguments have the wrong size")
        }
      }
    }
  }
}
