//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Suggestions for misspelled names.
enum NameSuggestion {
  /// Returns the name that is most similar to a word; nil if none is similar.
  ///
  /// A name is similar if it differs only in case, if it begins with the word, or if few letters are wrong, missing,
  /// superfluous or swapped with a neighbor: one letter, or a third of the letters of a longer name.
  static func closest(to word: String, among names: some Sequence<String>) -> String? {
    // Names are short: a long word is not a misspelled name, and comparing it would take long.
    guard (1...64).contains(word.utf8.count) else { return nil }
    let wanted = word.lowercased()
    var best: (name: String, distance: Int)?
    for name in names where name != word && !name.isEmpty {
      let candidate = name.lowercased()
      let isLonger = wanted.utf8.count > 1 && candidate.hasPrefix(wanted)
      let distance = candidate == wanted ? 0 : isLonger ? 1 : distance(wanted, candidate)
      guard distance <= max(1, min(wanted.utf8.count, candidate.utf8.count) / 3),
        distance < min(wanted.utf8.count, candidate.utf8.count), distance < best?.distance ?? .max
      else { continue }
      best = (name, distance)
    }
    return best?.name
  }

  /// Returns a suggestion for the end of a message, such as `: did you mean 'dump'?`; empty if no name is similar.
  static func hint(for word: String, among names: some Sequence<String>) -> String {
    closest(to: word, among: names).map { ": did you mean '\($0)'?" } ?? ""
  }

  /// Returns the edit distance: the number of letters to change, insert, remove or swap with a neighbor.
  private static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    var (older, old) = ([Int](), Array(0...b.count))
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(old[j + 1] + 1, row[j] + 1, old[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, older[j - 1] + 1) }
        row.append(best)
      }
      (older, old) = (old, row)
    }
    return old[b.count]
  }
}
