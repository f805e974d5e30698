//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

/// A table of function names in a file.
protocol FunctionTable {
  /// Calls a closure for each function that the file defines. Skips damaged entries.
  func forEachFunction(_ body: (FunctionEntry) -> Void) throws(BPFError)

  /// Returns the version of a function; nil if it has none.
  func version(of entry: FunctionEntry) -> SymbolVersions.Version?
}

/// A function's entry in a table.
struct FunctionEntry {
  /// The bytes of the name without its version, a slice of the table's names.
  var name: ArraySlice<UInt8>

  /// Its index in the table.
  var index: Int

  var address: UInt64
  var byteCount: UInt64
  var binding: ELFSymbol.Binding = .global

  /// Whether the address is that of an IFUNC resolver, which selects the function to call. `STT_GNU_IFUNC`.
  var isIndirect = false
}

extension ELFSymbol.Binding {
  /// The name in messages.
  var name: String {
    switch self {
    case .local: "local"
    case .global: "global"
    case .weak: "weak"
    default: "unique"
    }
  }
}
