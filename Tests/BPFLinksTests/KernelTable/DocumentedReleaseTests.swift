//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

/// Compares the release in the documentation of each type, feature and flag with its row, which the kernels verify.
@Suite("Releases in the documentation", .sources)
struct DocumentedReleaseTests {
  /// A doc comment, and the last release that it names.
  private struct Documented {
    var text: String
    var release: String
  }

  /// Returns the doc comments with a release of a source's declarations that begin with a text.
  private static func documented(_ path: String, _ declaration: String) throws -> [Documented] {
    let source = FixtureObjects.package.appending("Sources").appending(path)
    var (found, comment): ([Documented], String) = ([], "")
    for line in try KernelFile.read(source).split(separator: "\n") {
      let line = line.drop { $0 == " " }
      if line.hasPrefix("///") {
        comment += line.dropFirst(3)
        continue
      }
      if line.hasPrefix(declaration), let release = comment.matches(of: /Linux (\d+\.\d+)/).last?.1 {
        found.append(Documented(text: comment, release: String(release)))
      }
      comment = ""
    }
    return found
  }

  private static let ordered: [(path: String, declaration: String, rows: [KernelRow])] = [
    ("BPFMaps/MapTypes/MapType.swift", "public static let", KernelRow.mapTypes),
    ("BPFObjects/Sections/ProgramType.swift", "public static let", KernelRow.programTypes),
    ("BPFSyscall/Features/KernelFeature.swift", "public static let", KernelRow.features),
    ("BTF/Encoding/BTFFeatures.swift", "public static let", KernelRow.types),
  ]

  @Test("Documentation of types and features names the release in their rows", arguments: ordered.indices)
  func types(index: Int) throws {
    let (path, declaration, rows) = Self.ordered[index]
    let releases = try Self.documented(path, declaration).map(\.release)
    // A comment on several declarations counts for each of them.
    #expect(releases == rows.map(\.since), "\(path)")
  }

  @Test("Documentation of link types names the release in their rows")
  func links() throws {
    let names = [
      "control group links", "network namespace links", "XDP links", "perf event links", "kprobe multi",
      "struct_ops links", "netfilter links", "tcx links", "uprobe multi", "netkit links", "socket map links",
      "fentry multi links",
    ]
    let rows = try names.map { name throws in
      try #require(KernelRow.attachments.first { $0.name.contains(name) })
    }
    // Links for raw tracepoints, tracing and iterators are older than all supported kernels.
    let releases = try Self.documented("BPFLinks/Link/LinkType.swift", "public static let").map(\.release)
    #expect(releases.filter { $0 != "5.8" } == rows.map(\.since).filter { $0 != "5.8" })
  }

  @Test("Documentation of flags names the release in their rows")
  func flags() throws {
    let documented = try [
      "BPFMaps/Facts/MapFlags.swift", "BPFObjects/Blueprint/ProgramDefinition.swift",
      "BPFObjects/Program/Program+Running.swift",
    ].flatMap { path throws in try Self.documented(path, "public static let") }
    var count = 0
    for row in KernelRow.mapCalls + KernelRow.programCalls {
      guard let flag = row.name.split(separator: " ").last, flag.hasPrefix("BPF_F_") else { continue }
      let release = documented.first { $0.text.contains("`\(flag)`") }?.release
      #expect(release == row.since, "\(flag)")
      count += 1
    }
    #expect(count > 5)
  }
}
