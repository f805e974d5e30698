//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
package import SystemPackage

/// The list of shared libraries that ldconfig(8) makes and the dynamic linker reads, /etc/ld.so.cache.
package enum LibraryCache {
  /// What the present form of the list begins with. One in the old form may stand before it.
  private static let mark = Array("glibc-ld.so.cache1.1".utf8)

  /// The paths of a library, in the order of the list at a path.
  static func paths(of name: String, at list: FilePath) -> [FilePath] {
    guard let bytes = try? KernelFile.bytes(of: list) else { return [] }
    return paths(of: name, in: bytes)
  }

  /// The paths of a library in a list's bytes; none if they are no list.
  package static func paths(of name: String, in bytes: [UInt8]) -> [FilePath] {
    guard let start = bytes.offset(of: mark),
      let cache = ByteReader(bytes, isSwapped: false).rest(start), let count = cache.word(20)
    else { return [] }
    var paths: [FilePath] = []
    for index in 0..<count {
      let entry = 48 + index * 24
      guard let key = cache.word(entry + 4), let value = cache.word(entry + 8),
        let capabilities = cache.number(entry + 16, as: UInt64.self)
      else { break }
      // Those that are only for some processors are left out: the dynamic linker may or may not take them.
      guard capabilities == 0, cache.name(key) == name, let path = cache.name(value) else { continue }
      paths.append(FilePath(path))
    }
    return paths
  }
}
