//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A map from the indices of the file's sections to indices in another list.
struct SectionIndex {
  private var indices: [Int?]

  /// - Parameter sectionCount: the number of sections in the file.
  init(sectionCount: Int) { indices = [Int?](repeating: nil, count: sectionCount) }

  /// Returns the index for a section, or nil for one without an index and for reserved numbers.
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
