//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

/// An ELF file to parse, in memory or on disk. Its contents are not trusted.
package protocol ELFSource: ~Copyable {
  /// The size in bytes.
  var count: Int { get }

  /// Reads a part of the file; nil if it is not within the file.
  borrowing func part(_ offset: Int, _ count: Int, isSwapped: Bool) throws(BPFError) -> ByteReader?

  /// Returns the error for a file that is not a valid ELF file.
  borrowing func malformed(_ reason: String) -> BPFError
}

/// An ELF file in memory.
package struct ELFBytes: ELFSource {
  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package var count: Int { bytes.count }

  package func part(_ offset: Int, _ count: Int, isSwapped: Bool) -> ByteReader? {
    ByteReader(bytes, isSwapped: isSwapped).part(offset, count)
  }

  package func malformed(_ reason: String) -> BPFError { BPFError(.readObject, .malformed, reason) }
}
