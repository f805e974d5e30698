//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The name that somebody may have meant who wrote another.
enum NearName {
  /// Returns the name that is most like a word, if one is like it: in other letters of the same case, longer, or with a
  /// letter wrong, missing, too much or exchanged with its neighbor, of longer names a letter more.
  static func of(_ word: String, among names: some Sequence<String>) -> String? {
    // Names are short. What is long is no mistyped one, and would only take time.
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

  /// A question about that name, for the end of a message; empty if no name is like the word.
  static func question(_ word: String, among names: some Sequence<String>) -> String {
    of(word, among: names).map { ": did you mean '\($0)'?" } ?? ""
  }

  /// How many letters must be changed, added, removed or exchanged with their neighbors.
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
