//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import Foundation
import KernelFixtures
import SystemPackage
import Testing

/// Keeps enumerations open that mirror a list of the kernel or of compilers, so that a new case breaks no user's
/// `switch`.
@Suite("Public enumerations", .sources)
struct EnumerationTests {
  /// The enumerations whose cases are complete by their nature.
  private static let closed: Set = [
    // A record, or a loss. A reader must handle both.
    "BPFEvents: Record", "BPFEvents: PerfEvent",
    // A number of records, or of bytes: the two forms of `wakeup_events` of perf_event_open(2).
    "BPFEvents: WakeUp",
    // Yes, no, or no answer.
    "BPFLinks: Answer",
    // A period, or a frequency: the two forms of `sample_period` of perf_event_open(2).
    "BPFLinks: Sampling",
    // The two directions of a packet.
    "BPFLinks: TrafficDirection",
    // The combinations of two flags that the kernel accepts.
    "BPFLinks: CgroupSharing", "BPFMaps: MapAccess",
    // The mask `XDP_FLAGS_MODES`, which netlink limits.
    "BPFLinks: XDPMode",
    // The linkage of the C language.
    "BTF: Linkage",
    // The machine of RFC 9669: its registers, their halves, the sizes of memory, the two kinds of operand.
    "BPFInstructions: Register", "BPFInstructions: OperationWidth", "BPFInstructions: AccessSize",
    "BPFInstructions: Operand",
    // A loop goes on, or ends.
    "BPFKernel: LoopControl",
    // Namespaces without cases.
    "BPFSyscall: BPFFileSystem", "BPFKernel: Clock", "BPFKernel: CurrentCPU", "BPFKernel: CurrentTask",
    "BPFKernel: KernelMemory", "BPFKernel: UserMemory",
  ]

  @Test("Each is nonexhaustive, or closed for a reason")
  func open() throws {
    var (exhaustive, count): (Set<String>, Int) = ([], 0)
    let sources = FixtureObjects.package.appending("Sources")
    for path in try FileManager.default.subpathsOfDirectory(atPath: sources.string)
    where path.hasSuffix(".swift") && path.hasPrefix("B") {
      let module = path.prefix { $0 != "/" }
      var previous: Substring = ""
      for line in try KernelFile.read(sources.appending(path)).split(separator: "\n") {
        let declaration = line.drop { $0 == " " }
        if declaration.hasPrefix("public enum ") {
          let name = declaration.dropFirst("public enum ".count).prefix(while: \.isLetter)
          count += 1
          if !previous.hasSuffix("@nonexhaustive") { exhaustive.insert("\(module): \(name)") }
        }
        previous = line
      }
    }
    #expect(exhaustive == Self.closed)
    #expect(count > exhaustive.count)
  }
}
