//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import ELF

/// A function of an executable file or shared library.
public struct ExecutableFunction: Hashable, Sendable {
  /// The function's symbol name, mangled by the compiler.
  public let name: String

  /// The symbol version, for functions of shared libraries that have one, such as `GLIBC_2.2.5`.
  public let version: String?

  /// The offset of the function's first instruction in the file, in bytes.
  public let offset: UInt64

  /// The size of its instructions, in bytes; 0 if the file does not specify it.
  public let byteCount: UInt64
}

/// A function that matches a name, with the properties that rank it among other candidates.
struct FunctionCandidate {
  var function: ExecutableFunction
  var binding: ELFSymbol.Binding
  var isDefaultVersion: Bool
  /// Whether the symbol is an IFUNC resolver, which selects the function to call.
  var isIndirect: Bool

  /// The candidate as a list shows it: `malloc@@GLIBC_2.2.5 at 0x9a1b0 (global)`.
  var description: String {
    let version = function.version.map { "\(isDefaultVersion ? "@@" : "@")\($0)" } ?? ""
    return "\(function.name)\(version) at 0x\(String(function.offset, radix: 16)) (\(binding.name))"
  }
}

extension [FunctionCandidate] {
  /// The candidates of the highest rank: the default version over others, and strong symbols over weak ones. Several
  /// names of one function count as one.
  var preferred: [FunctionCandidate] {
    let current = contains(where: \.isDefaultVersion) ? filter(\.isDefaultVersion) : self
    let strong = current.filter { $0.binding != .weak }
    if strong.isEmpty { return Array(current.prefix(1)) }
    var offsets: Set<UInt64> = []
    return strong.filter { offsets.insert($0.function.offset).inserted }
  }
}
