//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A function of an executable file or shared library.
public struct ExecutableFunction: Hashable, Sendable {
  /// Its name, as the compiler made it of that in the source.
  public let name: String

  /// Its version, of functions of shared libraries that have one, such as `GLIBC_2.2.5`.
  public let version: String?

  /// Where it begins in the file, in bytes: where a probe is set.
  public let offset: UInt64

  /// How many bytes of instructions it has; 0 if the file does not say.
  public let byteCount: UInt64
}

/// A function that fits a name, and what decides between it and others that do.
struct FunctionCandidate {
  var function: ExecutableFunction
  var binding: SymbolBinding
  var isDefaultVersion: Bool
  /// Whether it only chooses which function is to be called.
  var isIndirect: Bool

  /// As it stands in a list: `malloc@@GLIBC_2.2.5 at 0x9a1b0 (global)`.
  var description: String {
    let version = function.version.map { "\(isDefaultVersion ? "@@" : "@")\($0)" } ?? ""
    return "\(function.name)\(version) at 0x\(String(function.offset, radix: 16)) (\(binding.word))"
  }
}

extension [FunctionCandidate] {
  /// Those that stand above the others: of versions the one that programs get by default, and before weak symbols the
  /// others. Several names of one function are one.
  var preferred: [FunctionCandidate] {
    let current = contains(where: \.isDefaultVersion) ? filter(\.isDefaultVersion) : self
    let strong = current.filter { $0.binding != .weak }
    if strong.isEmpty { return Array(current.prefix(1)) }
    var offsets: Set<UInt64> = []
    return strong.filter { offsets.insert($0.function.offset).inserted }
  }
}
