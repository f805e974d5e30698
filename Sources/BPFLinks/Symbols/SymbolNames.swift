//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// The names of functions, by where they begin in a table of names.
///
/// Thousands of functions may have one long name, and a name may be the end of another one. So that a small file cannot
/// make that expensive, each long name is read once, and all of them together have no more bytes than a few tables.
struct SymbolNames {
  let bytes: [UInt8]
  private let path: FilePath

  /// Whether an `@` ends a name, as a version follows it.
  private let haveVersions: Bool

  /// Where the long names end that were read; nil for those that are no names.
  private var ends: [Int: Int?] = [:]

  /// How many more bytes of long names may be read.
  private var budget: Int

  /// The most bytes of a name that is read whenever a function has it.
  static let mostShortBytes = 255

  /// The most bytes of a name.
  private static let mostBytes = 1 << 14

  init(_ bytes: [UInt8], haveVersions: Bool, of path: FilePath) {
    (self.bytes, self.haveVersions, self.path) = (bytes, haveVersions, path)
    budget = 8 * bytes.count + SymbolNames.mostBytes
  }

  /// Returns the name at an offset; nil if nothing ends it, or if it is empty or too long.
  mutating func name(at start: Int) throws(BPFError) -> ArraySlice<UInt8>? {
    guard start >= 0, start < bytes.count else { return nil }
    if !ends.isEmpty, let end = ends[start] { return end.map { bytes[start..<$0] } }
    if let end = end(of: start, within: SymbolNames.mostShortBytes + 1) {
      return end > start ? bytes[start..<end] : nil
    }
    let end = end(of: start, within: SymbolNames.mostBytes)
    ends[start] = .some(end)
    budget -= (end ?? min(bytes.count, start + SymbolNames.mostBytes)) - start
    guard budget >= 0 else {
      throw BPFError(
        .findSymbol, .malformed, path: path, "the names of its symbols overlap as no linker lets them")
    }
    return end.map { bytes[start..<$0] }
  }

  /// Whether a name is at an offset, and ends there.
  func has(_ name: String, at start: Int) -> Bool {
    let count = name.utf8.count
    guard start >= 0, start < bytes.count, count < bytes.count - start else { return false }
    return isEnd(start + count, of: start) && bytes[start..<start + count].elementsEqual(name.utf8)
  }

  private func end(of start: Int, within count: Int) -> Int? {
    let limit = start + min(bytes.count - start, count)
    var end = start
    while end < limit, !isEnd(end, of: start) { end += 1 }
    return end < limit ? end : nil
  }

  private func isEnd(_ index: Int, of start: Int) -> Bool {
    bytes[index] == 0 || haveVersions && bytes[index] == UInt8(ascii: "@") && index > start
  }
}

/// Answers to a question about names of functions, of which each long name is asked once.
struct NameAnswers<Answer> {
  private var kept: [Int: Answer] = [:]

  /// The answer for a name, by where it is in its table of names.
  mutating func answer(_ name: ArraySlice<UInt8>, _ make: (ArraySlice<UInt8>) -> Answer) -> Answer {
    guard name.count > SymbolNames.mostShortBytes else { return make(name) }
    if let answer = kept[name.startIndex] { return answer }
    let answer = make(name)
    kept[name.startIndex] = answer
    return answer
  }
}
