//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF
package import SystemPackage

/// The list of shared libraries that ldconfig(8) creates for the dynamic linker, /etc/ld.so.cache.
package enum LibraryCache {
  /// The first bytes of the current format, which may follow a list in the old format.
  private static let mark = Array("glibc-ld.so.cache1.1".utf8)

  /// The most paths to return for a library: many entries of a damaged list may have the same name.
  private static let maximumPaths = 256

  /// Returns the paths of a library in the dynamic linker's order; empty if the bytes are not a list.
  ///
  /// - Parameter variants: the `glibc-hwcaps` subdirectories that this processor supports, the best one first. Entries
  ///   for others are skipped, as are those that require processor features by bits, which glibc ignores since 2.37.
  package static func paths(of name: String, in bytes: [UInt8], variants: [String] = []) -> [FilePath] {
    guard let start = bytes.offset(of: mark),
      let cache = ByteReader(bytes, isSwapped: false).rest(start), let count = cache.word(20)
    else { return [] }
    let names = VariantNames(cache)
    // The rank is an index into `variants`, or their count for entries that any processor supports.
    var ranked: [(rank: Int, path: FilePath)] = []
    for index in 0..<count {
      let entry = 48 + index * 24
      guard let key = cache.word(entry + 4), let value = cache.word(entry + 8),
        let capabilities = cache.number(entry + 16, as: UInt64.self)
      else { break }
      guard cache.hasName(name, at: key), ranked.count < maximumPaths, let path = cache.name(value) else {
        continue
      }
      let rank = capabilities == 0 ? variants.count : names[capabilities].flatMap(variants.firstIndex(of:))
      if let rank { ranked.append((rank, FilePath(path))) }
    }
    return (0...variants.count).flatMap { rank in ranked.filter { $0.rank == rank }.map(\.path) }
  }

  /// The names of `glibc-hwcaps` subdirectories that entries of the list refer to by number, since glibc 2.33.
  private struct VariantNames {
    private let cache: ByteReader
    private let offsets: ByteReader?

    /// Finds the names in the list's extension, a table of sections: `struct cache_extension`.
    init(_ cache: ByteReader) {
      self.cache = cache
      offsets = VariantNames.offsets(in: cache)
    }

    private static func offsets(in cache: ByteReader) -> ByteReader? {
      guard let extensions = cache.word(32), extensions != 0, cache.word(extensions) == 0xeaa4_2174,
        let count = cache.word(extensions + 4)
      else { return nil }
      for index in 0..<count {
        let section = extensions + 8 + index * 16
        guard let tag = cache.word(section), let offset = cache.word(section + 8),
          let byteCount = cache.word(section + 12)
        else { return nil }
        if tag == 1 { return cache.part(offset, byteCount) }
      }
      return nil
    }

    /// Returns the name that an entry's capabilities refer to; nil if they are bits. `DL_CACHE_HWCAP_EXTENSION`.
    subscript(capabilities: UInt64) -> String? {
      guard capabilities >> 32 == 1 << 30, let offset = offsets?.word(Int(capabilities & 0xffff_ffff) * 4)
      else { return nil }
      return cache.name(offset)
    }
  }
}
