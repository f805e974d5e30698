//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A table that names functions of a file.
protocol FunctionTable {
  /// Goes through the functions that the file has. Damaged entries are passed over.
  func forEachFunction(_ body: (FunctionEntry) -> Void) throws(BPFError)

  /// The version of a function; nil if it has none.
  func version(of entry: FunctionEntry) -> SymbolVersions.Version?
}

/// A function as a table has it.
struct FunctionEntry {
  /// The bytes of its name, without a version, in the table's names.
  var name: ArraySlice<UInt8>

  /// Its index in the table.
  var index: Int

  var address: UInt64
  var byteCount: UInt64
  var binding: SymbolBinding = .global

  /// Whether what is at the address only chooses which function is to be called. `STT_GNU_IFUNC`.
  var isIndirect = false
}

/// Who may use a symbol. `STB_*`.
struct SymbolBinding: RawRepresentable, Hashable {
  let rawValue: UInt8
  static let local = SymbolBinding(rawValue: 0)
  static let global = SymbolBinding(rawValue: 1)
  static let weak = SymbolBinding(rawValue: 2)

  var word: String {
    switch self {
    case .local: "local"
    case .global: "global"
    case .weak: "weak"
    default: "unique"
    }
  }
}
