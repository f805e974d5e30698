//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// The names of functions, by their offset in a string table.
///
/// Thousands of functions may share one long name, and a name may be the end of another. To limit the cost of a hostile
/// small file, each long name is read once, and the total size of long names is limited to a few times the table.
struct SymbolNames {
  let bytes: [UInt8]
  private let path: FilePath

  /// Whether an `@` ends a name, because a version follows.
  private let haveVersions: Bool

  /// The ends of the long names read so far; nil for invalid names.
  private var ends: [Int: Int?] = [:]

  /// The number of bytes of long names that may still be read.
  private var budget: Int

  /// The most bytes of a short name, which is read again for each function.
  static let maximumShortByteCount = 255

  /// The most bytes of a name.
  private static let maximumByteCount = 1 << 14

  init(_ bytes: [UInt8], haveVersions: Bool, of path: FilePath) {
    (self.bytes, self.haveVersions, self.path) = (bytes, haveVersions, path)
    budget = 8 * bytes.count + SymbolNames.maximumByteCount
  }

  /// Returns the name at an offset; nil if nothing ends it, or if it is empty or too long.
  mutating func name(at start: Int) throws(BPFError) -> ArraySlice<UInt8>? {
    guard start >= 0, start < bytes.count else { return nil }
    if !ends.isEmpty, let end = ends[start] { return end.map { bytes[start..<$0] } }
    if let end = end(of: start, within: SymbolNames.maximumShortByteCount + 1) {
      return end > start ? bytes[start..<end] : nil
    }
    let end = end(of: start, within: SymbolNames.maximumByteCount)
    ends[start] = .some(end)
    budget -= (end ?? min(bytes.count, start + SymbolNames.maximumByteCount)) - start
    guard budget >= 0 else {
      throw BPFError(
        .findSymbol, .malformed, path: path, "the names of its symbols overlap more than any linker allows")
    }
    return end.map { bytes[start..<$0] }
  }

  /// Returns whether the name at an offset equals another.
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

/// A cache of values computed from function names. It computes the value of each long name once.
struct NameCache<Value> {
  private var values: [Int: Value] = [:]

  /// Returns the value for a name; caches it by the name's offset in its string table.
  mutating func value(for name: ArraySlice<UInt8>, _ make: (ArraySlice<UInt8>) -> Value) -> Value {
    guard name.count > SymbolNames.maximumShortByteCount else { return make(name) }
    if let value = values[name.startIndex] { return value }
    let value = make(name)
    values[name.startIndex] = value
    return value
  }
}
