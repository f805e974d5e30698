//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The tables of the page "Which kernel has what" in the documentation.
struct KernelPage {
  /// A table's heading, the kernels of its columns, and its rows.
  struct Table {
    var heading: String
    var kernels: [String] = []
    var rows: [Row] = []
  }

  struct Row {
    var name: String
    var since: String
    /// The cells for the kernels, in the order of the columns.
    var marks: [String]
  }

  var tables: [Table] = []

  /// Returns the text of a cell for a kernel that has or lacks a feature.
  static func mark(_ isThere: Bool) -> String { isThere ? "yes" : "–" }

  static func read() throws -> KernelPage {
    let path = FixtureObjects.package.appending("Sources/BPF/BPF.docc/KernelTable.md")
    return KernelPage(try KernelFile.read(path))
  }

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      if line.hasPrefix("### ") {
        tables.append(Table(heading: String(line.dropFirst(4))))
        continue
      }
      guard line.hasPrefix("| "), !tables.isEmpty else { continue }
      let cells = line.split(separator: "|").map { $0.drop { $0 == " " } }.map(Self.trimmed)
      guard cells.count > 2 else { continue }
      if cells[1] == "since" {
        tables[tables.count - 1].kernels = Array(cells.dropFirst(2))
      } else {
        tables[tables.count - 1].rows.append(
          Row(name: cells[0], since: cells[1], marks: Array(cells.dropFirst(2))))
      }
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    let end = text.lastIndex { $0 != " " }
    return String(end.map { text[...$0] } ?? "")
  }
}

@Suite("The page 'Which kernel has what'", .sources)
struct KernelTableTests {
  /// The running kernel's major and minor version, such as `6.12`.
  private static let running = KernelRelease.running.map { "\($0.major).\($0.minor)" } ?? ""

  /// Whether the page has a column for this kernel, which excludes vendors' kernels of the same release.
  private static var isOnPage: Bool {
    guard getenv("SWIFT_BPF_EMULATED") != nil, let page = try? KernelPage.read() else { return false }
    return page.tables.contains { $0.kernels.contains(running) }
  }

  @Test("The page has a row for every known feature, with the library's release")
  func rows() throws {
    let page = try KernelPage.read()
    let written = page.tables.flatMap { table in
      table.rows.map { "\(table.heading): \($0.name), \($0.since)" }
    }
    #expect(written == KernelRow.all.map { "\($0.section): \($0.name), \($0.since)" })
    let kernels = page.tables.first?.kernels ?? []
    #expect(kernels.count >= 4)
    for table in page.tables where !table.rows.isEmpty {
      #expect(table.kernels == kernels)
      for row in table.rows {
        #expect(row.marks.allSatisfy { [KernelPage.mark(true), KernelPage.mark(false)].contains($0) })
        #expect(row.marks.count == kernels.count, "\(row.name)")
      }
    }
  }

  @Test(
    "A kernel of the page answers as its column says",
    .enabled(if: isOnPage, "this kernel lacks a column of the page"))
  func column() throws {
    let page = try KernelPage.read()
    let rows = page.tables.flatMap { table in
      table.rows.map { (table.heading, $0, table.kernels.firstIndex(of: Self.running)) }
    }
    for (row, (heading, written, column)) in zip(KernelRow.all, rows) {
      #expect(row.section == heading && row.name == written.name)
      let column = try #require(column)
      #expect(try KernelPage.mark(row.isThere()) == written.marks[column], "\(row)")
    }
  }

  @Test("A kernel has no feature before the library's release, and every feature since", .kernel)
  func releases() throws {
    for row in KernelRow.all {
      let isOlder = KernelRelease.isOlder(than: row.since)
      if isOlder ? row.isBackported : row.isConfigured { continue }
      do {
        #expect(try row.isThere() == !isOlder, "\(row), since Linux \(row.since)")
      } catch {
        // A vendor's kernel may forbid a request without revealing whether it supports the feature.
        let isForbidden = (error as? BPFError)?.errno ?? error as? Errno == .notPermitted
        #expect(isForbidden && getenv("SWIFT_BPF_EMULATED") == nil, "\(row): \(error)")
      }
    }
  }

  @Test("A trie accepts types of its values, so a refusal shows that the kernel manages a field", .kernel)
  func plainField() throws {
    #expect(try ManagedField.plain.isTaken(by: .lpmTrie))
    #expect(try !ManagedField.plain.isAccepted(in: .hash))
    // Every supported kernel manages spin locks.
    #expect(try !ManagedField.spinLock.isTaken(by: .lpmTrie))
  }

  /// Prints a column for `.ci/kernels --table`, which runs it on each kernel and writes the page.
  @Test(
    "Prints this kernel's column",
    .enabled(if: getenv("SWIFT_BPF_PRINT_KERNEL") != nil, "this kernel lacks a reader of its column"))
  func printed() throws {
    print("RELEASE|\(Self.running)")
    for row in KernelRow.all {
      print("ROW|\(row.section)|\(row.name)|\(row.since)|\(KernelPage.mark(try row.isThere()))")
    }
  }
}
