//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// The definition of a map: the bytes of a global variable, which the build reads and replaces with the map.
///
/// A type that contains an `Atomic` is never moved or copied, so the address of a global constant is the map.
@safe struct MapDescriptor: ~Copyable {
  private let magic: Atomic<UInt32>
  private let type: UInt32
  private let keySize: UInt32
  private let valueSize: UInt32
  private let maxEntries: UInt32
  private let flags: UInt32
  private let pinning: UInt32
  private let reserved: UInt32 = 0
  private let extra: UInt64
  private let inner: UInt64

  @inline(__always)
  init(
    type: UInt32, keySize: Int, valueSize: Int, maxEntries: UInt32, flags: MapCreateFlags = .none,
    pinning: Pinning = .none, extra: UInt64 = 0, hasInnerMap: Bool = false
  ) {
    magic = Atomic(0x5042_4d53)
    self.type = type
    self.keySize = UInt32(truncatingIfNeeded: keySize)
    self.valueSize = UInt32(truncatingIfNeeded: valueSize)
    self.maxEntries = maxEntries
    self.flags = flags.rawValue
    self.pinning = pinning.rawValue
    self.extra = extra
    self.inner = hasInnerMap ? 1 : 0
  }

  /// The address that helpers take as the map.
  @inline(__always)
  var address: UnsafeMutableRawPointer {
    requireKernel()
    return unsafe withUnsafePointer(to: magic) {
      unsafe UnsafeMutableRawPointer(mutating: UnsafeRawPointer($0))
    }
  }
}
