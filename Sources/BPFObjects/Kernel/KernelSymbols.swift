//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import SystemPackage

/// The symbols of the running kernel, from /proc/kallsyms.
///
/// Looks all names up in one pass, since the kernel's generation of the list dominates the cost.
package enum KernelSymbols {
  private static let path: FilePath = "/proc/kallsyms"

  /// Returns the addresses of symbols, without those that the kernel lacks.
  ///
  /// System calls: open(2), some thousand read(2), close(2). Capability: `CAP_SYSLOG`, unless the system shows
  /// addresses to all processes (kernel.kptr_restrict).
  ///
  /// - Throws: `BPFError`; `BPFError.Code.ambiguous` if two symbols have the name, `BPFError.Code.permissionDenied` if
  ///   the kernel hides addresses from this process, `BPFError.Code.unavailable` if there is no list.
  package static func addresses(of names: Set<String>) throws(BPFError) -> [String: UInt64] {
    guard !names.isEmpty else { return [:] }
    var search = SymbolSearch(for: names)
    try read(into: &search) { _ in false }
    return try search.addresses()
  }

  /// Whether the kernel has a symbol. Needs no permission to see its address.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.unavailable` if there is no list.
  package static func contains(_ name: String) throws(BPFError) -> Bool {
    var search = SymbolSearch(for: [name])
    try read(into: &search) { !$0.found.isEmpty }
    return !search.found.isEmpty
  }

  /// Returns the names of the symbols at addresses, the first of each in the kernel's list.
  ///
  /// System calls: open(2), some thousand read(2), close(2). Capability: `CAP_SYSLOG`, unless the system shows addresses to
  /// all processes (kernel.kptr_restrict).
  ///
  /// - Throws: `BPFError` with `BPFError.Code.unavailable` if there is no list.
  static func names(at addresses: Set<UInt64>) throws(BPFError) -> [UInt64: String] {
    guard !addresses.isEmpty else { return [:] }
    var search = SymbolSearch(at: addresses)
    try read(into: &search) { $0.names.count == addresses.count }
    return search.names
  }

  private static let callBaseAnswer = KernelAnswer<UInt64>()

  /// Returns the address that a translated call of a helper or kfunc is relative to; nil if the kernel hides addresses.
  static func callBase() throws(BPFError) -> UInt64? {
    let name = "__bpf_call_base"
    do throws(BPFError) {
      return try callBaseAnswer.get { () throws(BPFError) in
        guard let address = try addresses(of: [name])[name] else {
          throw BPFError(.readSymbols, .notFound, "the kernel has no symbol '\(name)'")
        }
        return address
      }
    } catch {
      guard error.code == .permissionDenied || error.code == .notFound else { throw error }
      return nil
    }
  }

  private static func read(
    into search: inout SymbolSearch, until isDone: (SymbolSearch) -> Bool
  ) throws(BPFError) {
    let file: OwnedDescriptor
    do throws(Errno) {
      file = try OwnedDescriptor.reading(path)
    } catch {
      throw failure(error)
    }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    var count = 0
    while !isDone(search) {
      let read: Int
      do throws(Errno) {
        read = try file.borrowed.read(into: &bytes, from: count)
      } catch {
        throw failure(error)
      }
      guard read > 0 else { break }
      count += read
      // Moves the incomplete line to the front.
      let consumed = try search.scan(bytes.span.extracting(first: count))
      count -= consumed
      for index in 0..<count { bytes[index] = bytes[consumed + index] }
    }
  }

  private static func failure(_ errno: Errno) -> BPFError {
    KernelFile.failure(
      .readSymbols, reading: path, errno, path: path, "the addresses of the kernel's symbols are not known")
  }
}
