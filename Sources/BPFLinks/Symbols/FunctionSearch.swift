//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

/// A search for many functions by name, in one pass over each table.
struct FunctionSearch {
  private let wanted: [FunctionName]

  /// The indices of wanted functions, by the hash of their names' bytes.
  private let indicesByHash: [UInt64: [Int]]

  /// The indices of wanted functions by long names of the current table.
  private var cache = NameCache<[Int]>()

  /// The functions that a previous table contains: the first table with a name takes precedence.
  private var settled: Set<Int> = []

  /// The candidates found for each wanted function.
  private(set) var candidates: [[FunctionCandidate]]

  init(_ wanted: [FunctionName]) {
    self.wanted = wanted
    candidates = Array(repeating: [], count: wanted.count)
    indicesByHash = Dictionary(
      grouping: wanted.indices, by: { FunctionSearch.hash(Array(wanted[$0].name.utf8)[...]) })
  }

  /// Whether every function has a candidate.
  var isDone: Bool { candidates.allSatisfy { !$0.isEmpty } }

  /// Adds the wanted functions of a table to the candidates.
  mutating func search(_ table: any FunctionTable, of file: ExecutableFile) throws(BPFError) {
    settled = Set(candidates.indices.filter { !candidates[$0].isEmpty })
    cache = NameCache()
    try table.forEachFunction { addCandidate($0, in: table, of: file) }
  }

  private mutating func addCandidate(
    _ entry: FunctionEntry, in table: any FunctionTable, of file: ExecutableFile
  ) {
    let indices = cache.value(for: entry.name) { [indicesByHash, wanted] name in
      (indicesByHash[FunctionSearch.hash(name)] ?? []).filter { name.elementsEqual(wanted[$0].name.utf8) }
    }
    for index in indices where !settled.contains(index) {
      let version = table.version(of: entry)
      guard matches(version, wanted[index]),
        let function = file.function(entry, named: wanted[index].name, version)
      else { continue }
      candidates[index].append(
        FunctionCandidate(
          function: function, binding: entry.binding, isDefaultVersion: version?.isDefault ?? true,
          isIndirect: entry.isIndirect))
    }
  }

  private func matches(_ version: SymbolVersions.Version?, _ name: FunctionName) -> Bool {
    guard let wanted = name.version else { return true }
    return version?.name == wanted && (version?.isDefault == true || !name.isDefaultVersion)
  }

  /// FNV-1a, which hashes single bytes without creating a string.
  private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
