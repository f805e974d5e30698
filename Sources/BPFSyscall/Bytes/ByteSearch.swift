//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF

extension [UInt8] {
  /// Returns the offset of the first occurrence of bytes at or after `start`; nil if there is none. memmem(3).
  package func offset(of needle: [UInt8], from start: Int = 0) -> Int? {
    guard start <= count else { return nil }
    return unsafe withUnsafeBytes { bytes in
      unsafe needle.withUnsafeBytes { needle in
        guard let base = bytes.baseAddress, let wanted = needle.baseAddress else { return nil }
        let found = unsafe memmem(base + start, bytes.count - start, wanted, needle.count)
        return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
      }
    }
  }
}
