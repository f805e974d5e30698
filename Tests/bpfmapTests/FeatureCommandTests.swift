//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import bpfmap

@Suite("bpfmap feature", .kernel)
struct FeatureCommandTests {
  @Test("Prints all features, as JSON and as a table")
  func whole() throws {
    let json = try Tool.json("feature")
    let features = json["features"].array
    let xdp = features.first { $0["kind"].string == "program_type" && $0["name"].string == "xdp" }
    #expect(xdp?["since"].string == "4.8" && xdp?["supported"].bool == true && xdp?["reason"] == .null)
    #expect(json["helpers"]["xdp"].array.contains(.string("bpf_ringbuf_output")))
    #expect(json["kernel"].string?.contains(".") == true)
    #expect(try json["kfuncs"].array.count == Kfunc.all().count)
    let text = try Tool.succeed("feature")
    // A line for the release, and one for the titles.
    #expect(text.split(separator: "\n").count == features.count + 2)
    #expect(text.contains(/program_type +xdp +4.8 +yes\n/))
  }

  @Test("Accepts the words of bpftool")
  func bpftoolWords() throws {
    #expect(try Tool.json("feature probe kernel") == Tool.json("feature"))
    let device = try Tool.run(line: "feature probe dev lo")
    #expect(device.status == 64 && device.standardError.contains("use bpftool"))
  }

  @Test("Prints one kind of features")
  func kind() throws {
    let lines = try Tool.succeed("feature --kind btf_kind").split(separator: "\n")
    #expect(lines.count == BTFKind.allCases.count + 1)
    #expect(lines.dropFirst(2).allSatisfy { $0.hasPrefix("btf_kind ") })
    #expect(try Tool.json("feature --kind map_type")["features"].array.count == MapType.allKnown.count)
  }

  @Test("Prints the helpers of a program type")
  func helpers() throws {
    let text = try Tool.succeed("feature --helpers xdp")
    #expect(text.contains(/bpf_xdp_adjust_head +4.10 +yes\n/))
    #expect(text.contains(/bpf_skb_load_bytes +4.5 +no\n/))
    let names = try Tool.json("feature --helpers xdp").array.compactMap(\.string)
    #expect(try names == ProgramType.xdp.supportedHelpers().map(\.kernelName))
  }

  @Test("Refuses kinds and types that do not exist, with a suggestion")
  func refusals() throws {
    for (line, hint) in [
      ("feature --kind map_typ", "did you mean 'map_type'?"),
      ("feature --helpers xdq", "did you mean 'xdp'?"),
      ("feature --kind map_type --helpers xdp", "cannot be combined"),
    ] {
      let refused = try Tool.run(line: line)
      #expect(refused.status == 64 && refused.standardError.contains(hint), "\(refused.standardError)")
    }
  }
}
