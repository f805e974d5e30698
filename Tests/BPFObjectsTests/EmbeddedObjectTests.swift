//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

/// Objects in the text of a program. That one is read, the tests of the build plugin show.
@Suite("Embedded objects")
struct EmbeddedObjectTests {
  @Test("What is not Base64 is refused")
  func malformed() {
    for text in ["AAA", "AA=A", "====", "AAAA=", "AA A", "AA\u{e9}", "AAA-"] as [StaticString] {
      let error = #expect(throws: BPFError.self) { try ObjectFile(embedded: text, name: "text") }
      #expect(error?.code == .malformed)
      #expect(error?.explanation.contains("Base64") == true, "\(text)")
    }
  }

  @Test("What is Base64 of something else is no object", arguments: [0, 1, 2])
  func otherBytes(_ padding: Int) {
    let texts: [StaticString] = ["f0VMR+/z", "f0VMRgI=", "f0VMRg=="]
    let error = #expect(throws: BPFError.self) { try ObjectFile(embedded: texts[padding], name: "text") }
    #expect(error?.code == .malformed)
    #expect(error?.explanation.contains("Base64") == false)
  }
}
