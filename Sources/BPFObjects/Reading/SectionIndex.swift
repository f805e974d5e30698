//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What sections of the file have become: an index for each, by the section's number.
struct SectionIndex {
  private var indices: [Int?]

  /// - Parameter sectionCount: how many sections the file has.
  init(sectionCount: Int) { indices = [Int?](repeating: nil, count: sectionCount) }

  /// The index of a section; nil if it has none, and for numbers that mean something else.
  subscript(section: Int) -> Int? {
    get { indices.indices.contains(section) ? indices[section] : nil }
    set { if indices.indices.contains(section) { indices[section] = newValue } }
  }

  /// The sections that have an index, ascending by it.
  var entries: [(section: Int, index: Int)] {
    indices.enumerated().compactMap { section, index in index.map { (section, $0) } }
      .sorted { $0.index < $1.index }
  }
}
