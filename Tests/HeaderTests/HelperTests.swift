//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Compares the library's helpers with `bpf_helper_defs.h`, which `PrototypeTests` compares with the kernel.
@Suite("Helpers")
struct HelperTests {
  private static func declared() throws -> [(name: String, number: UInt32, release: String)] {
    var release = ""
    let header = try HeaderFixture.header("bpf_helper_defs.h").replacing("(\n    ", with: "(")
    return header.split(separator: "\n").compactMap { line in
      if let mark = line.wholeMatch(of: /\/\/ MARK: - Linux (.*)/) { release = String(mark.1) }
      guard let match = line.wholeMatch(of: /static .*\(\*const (\w+)\).* = \(void \*\)(\d+);/),
        let number = UInt32(match.2)
      else { return nil }
      return (String(match.1), number, release)
    }
  }

  @Test("Names, numbers and releases are those of the header", .sources)
  func table() throws {
    let declared = try Self.declared()
    #expect(declared.map(\.number) == Helper.allKnown.map(\.rawValue))
    #expect(declared.map(\.name) == Helper.allKnown.map(\.kernelName))
    #expect(declared.map(\.release) == Helper.allKnown.map { $0.minimumKernelVersion ?? "" })
  }

  @Test("Each constant has the number and the release of its name", .sources)
  func constants() throws {
    var numbers: [UInt32] = []
    for file in ["Helper+Linux4", "Helper+Linux5", "Helper+Linux6"] {
      let source = try KernelFile.read(
        FixtureObjects.package.appending("Sources/BPFInstructions/Helpers/\(file).swift"))
      var comment = ""
      for line in source.split(separator: "\n") {
        if line.hasPrefix("  /// ") { comment += line.dropFirst(5) }
        guard let match = line.wholeMatch(of: /\s+public static let (\w+) = Helper\(rawValue: (\d+)\)/) else {
          continue
        }
        let helper = Helper(rawValue: try #require(UInt32(match.2)))
        numbers.append(helper.rawValue)
        let name = helper.kernelName.dropFirst(4).replacing("_", with: "")
        #expect(match.1.lowercased() == name, "\(helper)")
        #expect(comment.hasSuffix(" Linux \(helper.minimumKernelVersion ?? "?")."), "\(helper)")
        comment = ""
      }
    }
    #expect(numbers == Helper.allKnown.map(\.rawValue))
  }

  @Test("Finds helpers by name, and keeps unknown numbers")
  func names() {
    #expect(Helper(kernelName: "bpf_ringbuf_output") == .ringbufOutput)
    #expect(Helper.ringbufOutput.description == "bpf_ringbuf_output")
    #expect(Helper.ringbufOutput.minimumKernelVersion == "5.8")
    for name in ["ringbuf_output", "bpf_", "", "bpf_unspec"] { #expect(Helper(kernelName: name) == nil) }
    for number in [0, 212, UInt32.max] {
      #expect(Helper(rawValue: number).kernelName == "helper \(number)")
      #expect(Helper(rawValue: number).minimumKernelVersion == nil)
    }
  }
}
