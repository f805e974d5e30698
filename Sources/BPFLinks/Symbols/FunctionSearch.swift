//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// Looks for many functions by name in one pass over a table of them.
struct FunctionSearch {
  private let wanted: [FunctionName]

  /// Which of them have a name, by its bytes' hash.
  private let places: [UInt64: [Int]]

  /// Which of them have a long name of the present table.
  private var answers = NameAnswers<[Int]>()

  /// Those that were found before the present table: the first table that has a name is the one that counts.
  private var settled: Set<Int> = []

  /// What was found for each.
  private(set) var candidates: [[FunctionCandidate]]

  init(_ wanted: [FunctionName]) {
    self.wanted = wanted
    candidates = Array(repeating: [], count: wanted.count)
    places = Dictionary(
      grouping: wanted.indices, by: { FunctionSearch.hash(Array(wanted[$0].name.utf8)[...]) })
  }

  /// Whether all are found.
  var isDone: Bool { candidates.allSatisfy { !$0.isEmpty } }

  /// Goes through a table's functions and notes those that are looked for.
  mutating func search(_ table: any FunctionTable, of file: ExecutableFile) throws(BPFError) {
    settled = Set(candidates.indices.filter { !candidates[$0].isEmpty })
    answers = NameAnswers()
    try table.forEachFunction { note($0, in: table, of: file) }
  }

  private mutating func note(_ entry: FunctionEntry, in table: any FunctionTable, of file: ExecutableFile) {
    let indices = answers.answer(entry.name) { [places, wanted] name in
      (places[FunctionSearch.hash(name)] ?? []).filter { name.elementsEqual(wanted[$0].name.utf8) }
    }
    for index in indices where !settled.contains(index) {
      let version = table.version(of: entry)
      guard fits(version, wanted[index]),
        let function = file.function(entry, named: wanted[index].name, version)
      else { continue }
      candidates[index].append(
        FunctionCandidate(
          function: function, binding: entry.binding, isDefaultVersion: version?.isDefault ?? true,
          isIndirect: entry.isIndirect))
    }
  }

  private func fits(_ version: SymbolVersions.Version?, _ name: FunctionName) -> Bool {
    guard let wanted = name.version else { return true }
    return version?.name == wanted && (version?.isDefault == true || !name.isDefaultVersion)
  }

  /// FNV-1a, which takes a byte at a time and no string.
  private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
