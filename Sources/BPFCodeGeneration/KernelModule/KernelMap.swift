//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A map that a kernel module declares: a global whose bytes are the descriptor that BPFKernel writes.
package struct KernelMap {
  package let name: String
  /// The symbol of the global; empty for an inner map.
  package let symbol: String
  /// The declared type, such as `BPFKernel.HashMap<Swift.UInt32, PacketsKernel.Flow>`.
  package let declaredType: SwiftType
  /// The number of the map's type.
  package let type: UInt32
  package let keySize: UInt32
  package let valueSize: UInt32
  package let maxEntries: UInt32
  package let flags: UInt32
  package let pinning: UInt32
  package let extra: UInt64
  /// The declaration of the maps in a map of maps: one element, or none for other types.
  private let inner: [KernelMap]

  /// The first four bytes of a descriptor.
  private static let magic: UInt32 = 0x5042_4d53
  /// The descriptor of the inner maps follows that of the map of maps.
  private static let byteCount = 48

  /// Returns nil for a global that is not a map of BPFKernel, or has an incomplete descriptor.
  init?(_ name: String, _ type: SwiftType, _ symbol: ModuleSymbols.Symbol) {
    self.init(name, type, symbol: symbol.name, symbol.bytes[...])
  }

  private init?(_ name: String, _ type: SwiftType, symbol: String, _ bytes: ArraySlice<UInt8>) {
    guard type.name.hasPrefix("BPFKernel."), bytes.count >= KernelMap.byteCount,
      bytes.word(0) == KernelMap.magic
    else { return nil }
    (self.name, self.symbol, declaredType) = (name, symbol, type)
    (self.type, keySize, valueSize) = (bytes.word(4), bytes.word(8), bytes.word(12))
    (maxEntries, flags, pinning) = (bytes.word(16), bytes.word(20), bytes.word(24))
    extra = UInt64(bytes.word(32)) | UInt64(bytes.word(36)) << 32
    let rest = bytes.dropFirst(KernelMap.byteCount)
    guard bytes.word(40) != 0 else {
      guard rest.isEmpty else { return nil }
      inner = []
      return
    }
    guard let innerType = type.arguments.last, let map = KernelMap(name, innerType, symbol: "", rest) else {
      return nil
    }
    inner = [map]
  }

  /// Whether the initial value of a global contains the descriptor of a map.
  static func isDeclared(in bytes: [UInt8]) -> Bool {
    stride(from: 0, through: bytes.count - byteCount, by: 8).contains { bytes[$0...].word(0) == magic }
  }

  /// The declaration of the maps in a map of maps; nil for other types.
  package var innerMap: KernelMap? { inner.first }
}

// MARK: - Types

extension KernelMap {
  /// The types of its keys and values; nil for those that are numbers of descriptors, and of maps without them.
  var elementTypes: (key: SwiftType?, value: SwiftType?) {
    let arguments = declaredType.arguments
    guard let first = arguments.first else { return (nil, nil) }
    switch declaredType.name {
    case "BPFKernel.RingBuffer", "BPFKernel.PerfEventArray", "BPFKernel.ArrayOfMaps": return (nil, nil)
    case "BPFKernel.HashOfMaps", "BPFKernel.SockHash": return (first, nil)
    case "BPFKernel.LPMTrieMap":
      return (SwiftType("NetworkTypes.AddressPrefix<\(first.text)>"), arguments.last)
    default:
      return arguments.count > 1
        ? (first, arguments[1]) : (keySize == 4 ? SwiftType("Swift.UInt32") : nil, first)
    }
  }

  /// The type of the records of a ring buffer or a perf buffer; nil for other maps.
  var recordType: SwiftType? {
    ["BPFKernel.RingBuffer", "BPFKernel.PerfEventArray"].contains(declaredType.name)
      ? declaredType.arguments.first : nil
  }
}

extension ArraySlice<UInt8> {
  /// A little-endian number at an offset from the beginning.
  fileprivate func word(_ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(self[startIndex + offset + $1]) << (8 * $1) }
  }
}
