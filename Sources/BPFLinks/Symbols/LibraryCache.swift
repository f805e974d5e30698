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
  /// The bytes with which the present form of the list begins. One in the old form may stand before it.
  private static let mark = Array("glibc-ld.so.cache1.1".utf8)

  /// The most paths of one library that are taken: many entries of a damaged list may have the same name.
  private static let mostPaths = 256

  /// Returns the paths of a library in the order in which the dynamic linker takes them; none if the bytes are no list.
  ///
  /// - Parameter variants: the subdirectories of `glibc-hwcaps` that are for this processor, the best one first. Entries
  ///   for others are left out, and so are those for features of a processor that the list names by bits, which
  ///   glibc 2.37 stopped to read.
  package static func paths(of name: String, in bytes: [UInt8], variants: [String] = []) -> [FilePath] {
    guard let start = bytes.offset(of: mark),
      let cache = ByteReader(bytes, isSwapped: false).rest(start), let count = cache.word(20)
    else { return [] }
    let names = VariantNames(cache)
    // By rank: an index into `variants`, or after all of them for those that any processor takes.
    var ranked: [(rank: Int, path: FilePath)] = []
    for index in 0..<count {
      let entry = 48 + index * 24
      guard let key = cache.word(entry + 4), let value = cache.word(entry + 8),
        let capabilities = cache.number(entry + 16, as: UInt64.self)
      else { break }
      guard cache.hasName(name, at: key), ranked.count < mostPaths, let path = cache.name(value) else {
        continue
      }
      let rank = capabilities == 0 ? variants.count : names[capabilities].flatMap(variants.firstIndex(of:))
      if let rank { ranked.append((rank, FilePath(path))) }
    }
    return (0...variants.count).flatMap { rank in ranked.filter { $0.rank == rank }.map(\.path) }
  }

  /// The names of subdirectories of `glibc-hwcaps` that entries of the list refer to by number, since glibc 2.33.
  private struct VariantNames {
    private let cache: ByteReader
    private let offsets: ByteReader?

    /// Finds them in the list's extension, a table of sections: `struct cache_extension`.
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

    /// The name that the capabilities of an entry refer to; nil if they are bits. `DL_CACHE_HWCAP_EXTENSION`.
    subscript(capabilities: UInt64) -> String? {
      guard capabilities >> 32 == 1 << 30, let offset = offsets?.word(Int(capabilities & 0xffff_ffff) * 4)
      else { return nil }
      return cache.name(offset)
    }
  }
}
