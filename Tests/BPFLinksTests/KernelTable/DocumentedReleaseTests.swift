//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

/// The release in the documentation of each type, feature and flag is that of its row, which the kernels are asked about.
@Suite("Releases in the documentation", .sources)
struct DocumentedReleaseTests {
  /// The documentation of something, and the last release that it names.
  private struct Documented {
    var text: String
    var release: String
  }

  /// What a source documents with a release, of the declarations that begin with some words.
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
    ("BPFMaps/Facts/MapType.swift", "public static let", KernelRow.mapTypes),
    ("BPFObjects/Sections/ProgramType.swift", "public static let", KernelRow.programTypes),
    ("BPFSyscall/Features/KernelFeature.swift", "case ", KernelRow.features),
    ("BTF/Encoding/BTFFeatures.swift", "public static let", KernelRow.types),
  ]

  @Test("Types and features", arguments: ordered.indices)
  func types(index: Int) throws {
    let (path, declaration, rows) = Self.ordered[index]
    let releases = try Self.documented(path, declaration).map(\.release)
    // Where one comment is for several, each of these has its release.
    #expect(releases == rows.map(\.since), "\(path)")
  }

  @Test("Links, by what they are to")
  func links() throws {
    let names = [
      "control groups", "network namespaces", "XDP", "perf events", "kprobes, many", "struct_ops",
      "netfilter", "tcx",
      "uprobes, many", "netkit", "maps of sockets",
    ]
    let rows = try names.map { name throws in
      try #require(KernelRow.attachments.first { $0.name.contains(name) })
    }
    // Raw tracepoints, functions and iterators came before all supported kernels, at once.
    let releases = try Self.documented("BPFLinks/Link/LinkType.swift", "public static let").map(\.release)
    #expect(releases.filter { $0 != "5.8" } == rows.map(\.since).filter { $0 != "5.8" })
  }

  @Test("Flags, by the kernel's names")
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
