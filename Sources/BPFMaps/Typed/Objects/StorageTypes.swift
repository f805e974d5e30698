//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// The BTF types that local storage requires: a 32-bit integer for the key, and bytes for the value.
struct StorageTypes {
  /// The loaded BTF. The map refers to it, so this handle may go when the map has been created.
  private let handle: BTFHandle

  /// `int`.
  let integerID: UInt32

  /// `struct value { unsigned char bytes[valueSize]; }`.
  let valueID: UInt32

  /// Loads the types for values of a given size.
  ///
  /// System call: `BPF_BTF_LOAD`, Linux 4.18.
  ///
  /// - Parameter token: a BPF token that delegates the privilege.
  init(valueSize: Int, token: FileDescriptor? = nil) throws(BPFError) {
    var builder = BTFBuilder()
    let integer = builder.add(
      "int", .int(byteCount: 4, BTFType.IntegerEncoding(isSigned: true, bitCount: 32)))
    let byte = builder.add("unsigned char", .int(byteCount: 1, BTFType.IntegerEncoding(bitCount: 8)))
    let array = builder.add(.array(of: byte, index: integer, count: valueSize))
    let bytes = BTFDefinition.Member("bytes", type: array, bitOffset: 0)
    let value = builder.add("value", .structure(byteCount: valueSize, members: [bytes]))
    (integerID, valueID) = (UInt32(clamping: integer), UInt32(clamping: value))
    handle = try BTFHandle.load(builder.encoded(), token: token)
  }

  /// Calls `body` with the BTF option for creating a map: these types, and the type ids of key and value.
  func withOption<R>(
    key: UInt32, value: UInt32, _ body: (MapOptions.BTF) throws(BPFError) -> R
  ) throws(BPFError) -> R {
    try handle.withFileDescriptor { (descriptor) throws(BPFError) in
      try body(MapOptions.BTF(descriptor: descriptor, keyTypeID: key, valueTypeID: value))
    }
  }
}
