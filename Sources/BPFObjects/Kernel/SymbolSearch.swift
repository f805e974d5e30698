//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A search for names in /proc/kallsyms, whose lines have an address, a type letter, a name, and for module symbols
/// the module's name:
///
///     ffffffff814f1270 T __x64_sys_bpf
///     ffffffffc0002194 t nf_conntrack_init	[nf_conntrack]
///
/// Creates no string per line, as there are more than a hundred thousand.
struct SymbolSearch {
  /// The names that are looked for, by their length.
  private var wanted: [[Name]] = []

  /// The distinct addresses found for each name.
  private(set) var found: [String: [UInt64]] = [:]

  /// The addresses whose names are looked for.
  private var wantedAddresses: Set<UInt64> = []

  /// The first name found at each address.
  private(set) var names: [UInt64: String] = [:]

  /// Whether the kernel shows addresses: without permission they are zero.
  private var hasAddresses = false

  private struct Name {
    let text: String
    let bytes: [UInt8]
  }

  init(for names: Set<String>) {
    for name in names.map({ Name(text: $0, bytes: Array($0.utf8)) }) {
      let missing = name.bytes.count + 1 - wanted.count
      if missing > 0 { wanted += repeatElement([], count: missing) }
      wanted[name.bytes.count].append(name)
    }
  }

  /// Creates a search for the names of addresses.
  init(at addresses: Set<UInt64>) { wantedAddresses = addresses }

  /// Returns the address of each name found.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the kernel hides addresses, `BPFError.Code.ambiguous`
  ///   if a name has two.
  func addresses() throws(BPFError) -> [String: UInt64] {
    guard hasAddresses || found.isEmpty else {
      throw BPFError(
        .readSymbols, .permissionDenied,
        "the kernel hides the addresses of its symbols from this process: showing them requires CAP_SYSLOG, and "
          + "kernel.kptr_restrict below 2")
    }
    var single: [String: UInt64] = [:]
    for (name, addresses) in found {
      guard addresses.count == 1 else {
        let list = addresses.map { "0x\(String($0, radix: 16))" }.joined(separator: ", ")
        throw BPFError(.readSymbols, .ambiguous, "the kernel has more than one symbol '\(name)': at \(list)")
      }
      single[name] = addresses.first
    }
    return single
  }
}

// MARK: - Lines

extension SymbolSearch {
  // Computed properties, since every byte is compared with them.
  private static var space: UInt8 { UInt8(ascii: " ") }
  private static var newline: UInt8 { UInt8(ascii: "\n") }

  /// Scans the lines of a text.
  ///
  /// - Parameter bytes: text that starts with a line. An incomplete last line is left over.
  /// - Returns: the number of bytes scanned.
  /// - Throws: `BPFError` with `BPFError.Code.malformed` for an invalid line.
  mutating func scan(_ bytes: borrowing Span<UInt8>) throws(BPFError) -> Int {
    var start = 0
    while true {
      var addressEnd = start
      while addressEnd < bytes.count, bytes[addressEnd] > SymbolSearch.space { addressEnd += 1 }
      let nameStart = addressEnd + 3
      guard nameStart < bytes.count else { break }
      guard bytes[addressEnd] == SymbolSearch.space, bytes[nameStart - 1] == SymbolSearch.space else {
        throw BPFError(.readSymbols, .malformed, "a line of /proc/kallsyms does not describe a symbol")
      }
      var nameEnd = nameStart
      while nameEnd < bytes.count, bytes[nameEnd] > SymbolSearch.space { nameEnd += 1 }
      var end = nameEnd
      while end < bytes.count, bytes[end] != SymbolSearch.newline { end += 1 }
      guard end < bytes.count else { break }
      note(
        bytes.extracting(start..<addressEnd), kind: bytes[nameStart - 2],
        bytes.extracting(nameStart..<nameEnd))
      start = end + 1
    }
    return start
  }

  /// Records a symbol that is searched for.
  private mutating func note(_ address: Span<UInt8>, kind: UInt8, _ name: Span<UInt8>) {
    if !hasAddresses {
      hasAddresses = address.indices.contains { address[$0] != UInt8(ascii: "0") }
    }
    if !wantedAddresses.isEmpty { noteName(address, name) }
    note(address, name)
    // Data that the compiler exports to other files gets a new name, prefixed with the old one.
    if kind == UInt8(ascii: "d"), let suffix = SymbolSearch.suffix(of: name) {
      note(address, name.extracting(first: suffix))
    }
  }

  private mutating func note(_ address: Span<UInt8>, _ name: Span<UInt8>) {
    guard name.count < wanted.count else { return }
    for wanted in wanted[name.count] where SymbolSearch.isEqual(name, wanted.bytes) {
      let number = SymbolSearch.number(address)
      if found[wanted.text]?.contains(number) != true { found[wanted.text, default: []].append(number) }
    }
  }

  /// Records the name of an address that is searched for.
  private mutating func noteName(_ address: Span<UInt8>, _ name: Span<UInt8>) {
    let number = SymbolSearch.number(address)
    guard wantedAddresses.contains(number), names[number] == nil else { return }
    names[number] = String(decoding: name.indices.map { name[$0] }, as: UTF8.self)
  }

  private static func number(_ address: Span<UInt8>) -> UInt64 {
    address.indices.reduce(UInt64(0)) { $0 << 4 | digit(address[$1]) }
  }

  private static func isEqual(_ name: Span<UInt8>, _ other: [UInt8]) -> Bool {
    name.indices.allSatisfy { name[$0] == other[$0] }
  }

  /// Returns the start of the suffix that link-time optimization adds: `.llvm.` and a number.
  private static func suffix(of name: Span<UInt8>) -> Int? {
    let suffix = Array(".llvm.".utf8)
    guard name.count > suffix.count else { return nil }
    return (0..<name.count - suffix.count).first { start in
      suffix.indices.allSatisfy { name[start + $0] == suffix[$0] }
    }
  }

  private static func digit(_ byte: UInt8) -> UInt64 {
    let isLetter = byte >= UInt8(ascii: "a")
    return UInt64((byte &- (isLetter ? UInt8(ascii: "a") &- 10 : UInt8(ascii: "0"))) & 0xf)
  }
}
