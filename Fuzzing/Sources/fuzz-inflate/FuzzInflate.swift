//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFObjects
import FuzzSupport

/// Fuzzes readers of the kernel's text files: its configuration, compressed or not, and its symbols.
@main
enum FuzzInflate {
  static func main() {
    Fuzzer.run { bytes in
      expand(bytes)
      let text = String(decoding: bytes, as: UTF8.self)
      if let configuration = Fuzzer.attempt(
        .malformed,
        body: { () throws(BPFError) in
          try KernelConfiguration(text: text)
        })
      {
        Fuzzer.use((configuration["CONFIG_HZ"], configuration["CONFIG_"], configuration[text]))
      }
      var search = SymbolSearch(for: ["bpf_prog_run", "a", "", "init"])
      Fuzzer.use(Fuzzer.attempt(.malformed) { () throws(BPFError) in try search.scan(bytes.span) })
      Fuzzer.use(
        Fuzzer.attempt(.permissionDenied, .ambiguous) { () throws(BPFError) in try search.addresses() })
    }
  }

  /// Expands with the gzip header and checksum, which few inputs have right, and without.
  private static func expand(_ bytes: [UInt8]) {
    let limit = 1 << 20
    Fuzzer.use(Fuzzer.attempt(.malformed) { () throws(BPFError) in try Gzip.expand(bytes, limit: limit) })
    for start in [0, min(10, bytes.count)] {
      var output: [UInt8] = []
      let end = Fuzzer.attempt(.malformed) { () throws(BPFError) in
        try Inflate.expand(bytes, from: start, into: &output, limit: limit)
      }
      Fuzzer.require(output.count <= limit && end ?? 0 <= bytes.count, "expanded past a limit")
    }
  }
}
