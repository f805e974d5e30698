//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

/// Objects embedded as Base64. The build plugin's tests cover successful reads.
@Suite("Embedded objects")
struct EmbeddedObjectTests {
  @Test("Rejects invalid Base64")
  func malformed() {
    for text in ["AAA", "AA=A", "====", "AAAA=", "AA A", "AA\u{e9}", "AAA-"] as [StaticString] {
      let error = #expect(throws: BPFError.self) { try ObjectFile(embedded: text, name: "text") }
      #expect(error?.code == .malformed)
      #expect(error?.explanation.contains("Base64") == true, "\(text)")
    }
  }

  @Test("Rejects Base64 of other data as not an object", arguments: [0, 1, 2])
  func otherBytes(_ padding: Int) {
    let texts: [StaticString] = ["f0VMR+/z", "f0VMRgI=", "f0VMRg=="]
    let error = #expect(throws: BPFError.self) { try ObjectFile(embedded: texts[padding], name: "text") }
    #expect(error?.code == .malformed)
    #expect(error?.explanation.contains("Base64") == false)
  }
}
