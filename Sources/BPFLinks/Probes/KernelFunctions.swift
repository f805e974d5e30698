//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
package import BPFSyscall
internal import SystemPackage

/// The kernel functions to probe.
package enum KernelFunctions: Hashable, Sendable {
  case names([String])
  case addresses([UInt64])

  var count: Int {
    switch self {
    case .names(let names): names.count
    case .addresses(let addresses): addresses.count
    }
  }

  /// Returns the functions with the given indices.
  func selecting(_ indices: [Int]) -> KernelFunctions {
    switch self {
    case .names(let names): .names(indices.map { names[$0] })
    case .addresses(let addresses): .addresses(indices.map { addresses[$0] })
    }
  }

  /// Returns the names of the functions with the given indices; for addresses missing from /proc/kallsyms, the
  /// addresses.
  func names(_ indices: [Int]) -> [String] {
    switch selecting(indices) {
    case .names(let names): return names
    case .addresses(let addresses):
      let text = (try? KernelFile.bytes(of: "/proc/kallsyms")) ?? []
      return KernelFunctions.names(of: addresses, in: text)
    }
  }

  /// Returns the names of functions by their addresses. Each line of the text has an address, a kind and a name.
  package static func names(of addresses: [UInt64], in text: [UInt8]) -> [String] {
    let wanted = Set(addresses)
    var names: [UInt64: String] = [:]
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(maxSplits: 3, whereSeparator: { $0 == 0x20 || $0 == 0x09 })
      guard words.count > 2, let address = UInt64(String(decoding: words[0], as: UTF8.self), radix: 16),
        wanted.contains(address), names[address] == nil
      else { continue }
      names[address] = String(decoding: words[2], as: UTF8.self)
    }
    return addresses.map { names[$0] ?? "0x\(String($0, radix: 16))" }
  }

  /// Finds the functions that match a name pattern.
  ///
  /// The tracing file system lists the traceable functions, since Linux 6.5 with their addresses. Before, functions
  /// that share a name are skipped, because the kernel could not distinguish them. Without that list, all functions of
  /// /proc/kallsyms are candidates.
  package init(matching pattern: String) throws(BPFError) {
    let pattern = NamePattern(pattern)
    if let text = try KernelFunctions.list("available_filter_functions_addrs") {
      self = .addresses(KernelFunctions.addresses(in: Array(text.utf8), pattern, hasKinds: false))
    } else if let text = try KernelFunctions.list("available_filter_functions") {
      self = .names(KernelFunctions.names(in: Array(text.utf8), pattern))
    } else {
      self = .addresses(try KernelFunctions.symbols(pattern))
    }
  }

  /// Reads a list of the tracing file system; nil if this process may not read it.
  private static func list(_ name: String) throws(BPFError) -> String? {
    do throws(Errno) {
      return try TraceFileSystem.textIfReadable(name)
    } catch {
      throw BPFError(
        .findSymbol, error.unansweredCode, errno: error, path: FilePath(name),
        "no descriptor or memory is left to read the list of traceable functions")
    }
  }

  private static func symbols(_ pattern: NamePattern) throws(BPFError) -> [UInt64] {
    let path: FilePath = "/proc/kallsyms"
    let text: [UInt8]
    do throws(Errno) {
      text = try KernelFile.bytes(of: path)
    } catch {
      throw KernelFile.failure(
        .findSymbol, reading: path, error, path: path,
        "neither the list of traceable functions nor the list of symbols can be read")
    }
    let addresses = addresses(in: text, pattern, hasKinds: true)
    guard addresses.isEmpty || addresses.contains(where: { $0 != 0 }) else {
      throw BPFError(
        .findSymbol, .permissionDenied, path: path,
        "the kernel hides the addresses of its functions from this process: reading them requires CAP_SYSLOG")
    }
    return addresses
  }

  /// Returns the addresses of matching functions. Each line has an address, with `hasKinds` the letter of a kind, a
  /// name, and possibly a module's name.
  package static func addresses(in text: [UInt8], _ pattern: String, hasKinds: Bool) -> [UInt64] {
    addresses(in: text, NamePattern(pattern), hasKinds: hasKinds)
  }

  private static func addresses(in text: [UInt8], _ pattern: NamePattern, hasKinds: Bool) -> [UInt64] {
    var addresses: Set<UInt64> = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(maxSplits: hasKinds ? 3 : 2, whereSeparator: { $0 == 0x20 || $0 == 0x09 })
      guard words.count > (hasKinds ? 2 : 1) else { continue }
      if hasKinds, !words[1].elementsEqual([UInt8(ascii: "t")]), !words[1].elementsEqual([UInt8(ascii: "T")])
      {
        continue
      }
      guard pattern.matches(words[hasKinds ? 2 : 1]),
        let address = UInt64(String(decoding: words[0], as: UTF8.self), radix: 16)
      else { continue }
      addresses.insert(address)
    }
    return addresses.sorted()
  }

  /// Returns the matching names that only one line has. Each line has a name, and possibly a module's name.
  package static func names(in text: [UInt8], _ pattern: String) -> [String] {
    names(in: text, NamePattern(pattern))
  }

  private static func names(in text: [UInt8], _ pattern: NamePattern) -> [String] {
    var counts: [String: Int] = [:]
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let name = line.prefix { $0 != 0x20 && $0 != 0x09 }
      if pattern.matches(name) { counts[String(decoding: name, as: UTF8.self), default: 0] += 1 }
    }
    return counts.filter { $0.value == 1 }.keys.sorted()
  }
}
