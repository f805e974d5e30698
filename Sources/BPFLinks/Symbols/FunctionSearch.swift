//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Looks for many functions by name in one pass over a table of symbols.
struct FunctionSearch {
  private let wanted: [FunctionName]

  /// Which of them have a name, by its bytes' hash.
  private let places: [UInt64: [Int]]

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

  /// What follows is of another table.
  mutating func beginTable() {
    settled = Set(candidates.indices.filter { !candidates[$0].isEmpty })
  }

  /// Notes a function of a file, if it is looked for.
  mutating func note(_ entry: SymbolTable.Entry, in file: ExecutableFile) {
    guard let indices = places[FunctionSearch.hash(entry.name)] else { return }
    for index in indices where !settled.contains(index) && fits(entry, wanted[index]) {
      guard let function = file.function(entry) else { continue }
      candidates[index].append(
        FunctionCandidate(
          function: function, binding: entry.binding, isDefaultVersion: entry.version?.isDefault ?? true,
          isIndirect: entry.isIndirect))
    }
  }

  private func fits(_ entry: SymbolTable.Entry, _ name: FunctionName) -> Bool {
    guard entry.name.elementsEqual(name.name.utf8) else { return false }
    guard let version = name.version else { return true }
    return entry.version?.name == version && (entry.version?.isDefault == true || !name.isDefaultVersion)
  }

  /// FNV-1a, which takes a byte at a time and no string.
  private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
