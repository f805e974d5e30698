//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The leading bits of an address: a network, such as `10.0.0.0/8`.
///
/// The bits after the prefix are zero, so equal networks compare equal. The layout is that of the kernel's
/// `struct bpf_lpm_trie_key`: a 32-bit length in native byte order, then the address.
public struct AddressPrefix<Address: PrefixAddress>: BitwiseCopyable, Hashable, Sendable {
  private var bits: UInt32
  private var base: Address

  /// The number of bits, from 0 to ``maximumLength``.
  public var length: Int { Int(bits) }

  /// The address, with the bits after the prefix cleared.
  public var address: Address { base }

  /// The number of bits in an address.
  public static var maximumLength: Int { MemoryLayout<Address>.size * 8 }

  /// Creates the prefix of an address, and ignores the bits after it; nil if the address has fewer bits.
  public init?(_ address: Address, length: Int) {
    guard (0...Self.maximumLength).contains(length) else { return nil }
    bits = UInt32(truncatingIfNeeded: length)
    base = address
    unsafe withUnsafeMutableBytes(of: &base) { bytes in
      // The verifier follows a loop with constant bounds.
      for index in 0..<MemoryLayout<Address>.size {
        let kept = min(max(length &- index &* 8, 0), 8)
        unsafe bytes[index] &= ~UInt8(truncatingIfNeeded: 0xff &>> kept)
      }
    }
  }

  /// Creates the prefix of a single host: all bits of the address.
  public init(host address: Address) {
    bits = UInt32(truncatingIfNeeded: Self.maximumLength)
    base = address
  }

  /// Returns whether an address begins with the prefix.
  public func contains(_ address: Address) -> Bool { AddressPrefix(address, length: length) == self }
}

#if !hasFeature(Embedded)
extension AddressPrefix: LosslessStringConvertible where Address: LosslessStringConvertible {
  /// Parses an address, optionally followed by `/` and a length. Returns nil for other text, and if a bit after the
  /// prefix is set, as in `10.0.0.1/8`, which may be a mistake.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let address = Address(String(parts[0])) else { return nil }
    guard parts.count == 2 else {
      guard parts.count == 1 else { return nil }
      self.init(host: address)
      return
    }
    guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]) else {
      return nil
    }
    self.init(address, length: length)
    guard base == address else { return nil }
  }
}

extension AddressPrefix: CustomStringConvertible {
  /// The address, `/`, and the length.
  public var description: String { "\(base)/\(bits)" }
}
#endif
