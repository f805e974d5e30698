//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// A per-CPU map has a value for each possible CPU. The kernel copies all of them in one buffer of `valueStride` bytes:
// a slot of `perCPUStride` bytes for each CPU, in the order of `PossibleCPUs.ids`. The forms with a buffer use this
// layout. The others take and return an array of `valueSize` bytes for each CPU.

extension MapHandle {
  /// Looks up the values of a key, one for each possible CPU.
  ///
  /// The kernel copies the CPUs' values one after another, while programs may keep writing.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. Linux 4.6.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes.
  ///   - flags: the kernel supports none today. For one CPU's value use ``lookup(_:flags:)-(RawSpan,_)`` with `.cpu(_:)`.
  /// - Returns: ``valueSize`` bytes for each CPU of `PossibleCPUs`, or nil if the key is not in the map.
  /// - Throws: `BPFError`; `.wrongCall` for a map that is not per-CPU, `.wrongSize` for a key of another size,
  ///   `.writeOnly`.
  public func lookupPerCPU(_ key: RawSpan, flags: MapFlags = []) throws(BPFError) -> [[UInt8]]? {
    try readPerCPU(.lookup, "lookup", key, flags)
  }

  /// Looks up the values of a key given as an array. See ``lookupPerCPU(_:flags:)-(RawSpan,_)``.
  public func lookupPerCPU(_ key: [UInt8], flags: MapFlags = []) throws(BPFError) -> [[UInt8]]? {
    try unsafe lookupPerCPU(key.span.bytes, flags: flags)
  }

  /// Copies the values of a key into a buffer, in the kernel's layout.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 4.6.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes.
  ///   - values: a buffer of ``valueStride`` bytes: ``perCPUStride`` for each possible CPU, starting with the
  ///     ``valueSize`` bytes of the value.
  ///   - flags: the kernel supports none today.
  /// - Returns: whether the key is in the map.
  public func lookupPerCPU(
    _ key: RawSpan, into values: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try checkPerCPU(.lookup, flags, insteadUse: "lookup")
    try checkKey(.lookup, key)
    try checkSlots(.lookup, values.byteCount)
    return try unsafe values.withUnsafeMutableBytes { (values) throws(BPFError) in
      try unsafe read(.lookup, key, into: values, flags)
    }
  }

  /// Copies the values of a key given as an array into a buffer.
  /// See ``lookupPerCPU(_:into:flags:)-(RawSpan,_,_)``.
  public func lookupPerCPU(
    _ key: [UInt8], into values: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try unsafe lookupPerCPU(key.span.bytes, into: &values, flags: flags)
  }

  /// Sets the values of a key, one for each possible CPU.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation for up to 1 KiB. Linux 4.6.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes.
  ///   - values: ``valueSize`` bytes for each CPU of `PossibleCPUs`.
  ///   - flags: as for ``update(_:to:flags:)-(RawSpan,_,_)``.
  /// - Throws: `BPFError`, as ``update(_:to:flags:)-(RawSpan,_,_)``, and `.wrongCall` for a map that is not per-CPU.
  public func updatePerCPU(_ key: RawSpan, to values: [[UInt8]], flags: MapFlags = []) throws(BPFError) {
    try checkPerCPU(.update, flags, insteadUse: "update")
    try checkKey(.update, key)
    try checkValueCount(values.count)
    for value in values { try checkValue(.update, value.count) }
    try unsafe withTemporaryBytes(valueStride) { (buffer) throws(BPFError) in
      unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
      for (slot, value) in values.enumerated() {
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[(slot * perCPUStride)...]).copyBytes(
          from: value)
      }
      try unsafe write(key, UnsafeRawBufferPointer(buffer), flags)
    }
  }

  /// Sets the values of a key given as an array. See ``updatePerCPU(_:to:flags:)-(RawSpan,[[UInt8]],_)``.
  public func updatePerCPU(_ key: [UInt8], to values: [[UInt8]], flags: MapFlags = []) throws(BPFError) {
    try unsafe updatePerCPU(key.span.bytes, to: values, flags: flags)
  }

  /// Sets the values of a key from a buffer in the kernel's layout.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 4.6.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes.
  ///   - values: ``valueStride`` bytes: ``perCPUStride`` for each possible CPU, starting with the ``valueSize`` bytes
  ///     of the value.
  ///   - flags: as for ``update(_:to:flags:)-(RawSpan,_,_)``.
  public func updatePerCPU(_ key: RawSpan, to values: RawSpan, flags: MapFlags = []) throws(BPFError) {
    try checkPerCPU(.update, flags, insteadUse: "update")
    try checkKey(.update, key)
    try checkSlots(.update, values.byteCount)
    try unsafe values.withUnsafeBytes { (values) throws(BPFError) in try unsafe write(key, values, flags) }
  }

  /// Sets the values of a key given as an array from a buffer in the kernel's layout.
  /// See ``updatePerCPU(_:to:flags:)-(RawSpan,RawSpan,_)``.
  public func updatePerCPU(_ key: [UInt8], to values: RawSpan, flags: MapFlags = []) throws(BPFError) {
    try unsafe updatePerCPU(key.span.bytes, to: values, flags: flags)
  }

  /// Looks up and deletes an element, and returns its value for each possible CPU.
  ///
  /// A program on another CPU may still write to a value that it looked up before. Such a write is lost.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. Linux 5.14.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes.
  ///   - flags: the kernel supports none today.
  /// - Returns: ``valueSize`` bytes for each CPU of `PossibleCPUs`, or nil if the key was not in the map.
  /// - Throws: `BPFError`, as ``lookupPerCPU(_:flags:)-(RawSpan,_)`` and ``delete(_:)-(RawSpan)``.
  public func lookupAndDeletePerCPU(_ key: RawSpan, flags: MapFlags = []) throws(BPFError) -> [[UInt8]]? {
    try readPerCPU(.lookupAndDelete, "lookupAndDelete", key, flags)
  }

  /// Looks up and deletes an element by a key given as an array. See ``lookupAndDeletePerCPU(_:flags:)-(RawSpan,_)``.
  public func lookupAndDeletePerCPU(_ key: [UInt8], flags: MapFlags = []) throws(BPFError) -> [[UInt8]]? {
    try unsafe lookupAndDeletePerCPU(key.span.bytes, flags: flags)
  }

  /// Looks up and deletes an element, and copies its values into a buffer in the kernel's layout.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. No allocation. Linux 5.14.
  ///
  /// - Parameters:
  ///   - key: the key, ``keySize`` bytes.
  ///   - values: a buffer of ``valueStride`` bytes, as for ``lookupPerCPU(_:into:flags:)-(RawSpan,_,_)``.
  ///   - flags: the kernel supports none today.
  /// - Returns: whether the key was in the map.
  public func lookupAndDeletePerCPU(
    _ key: RawSpan, into values: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try checkPerCPU(.lookupAndDelete, flags, insteadUse: "lookup and delete")
    try checkKey(.lookupAndDelete, key)
    try checkSlots(.lookupAndDelete, values.byteCount)
    return try unsafe values.withUnsafeMutableBytes { (values) throws(BPFError) in
      try unsafe read(.lookupAndDelete, key, into: values, flags)
    }
  }

  /// Looks up and deletes an element by a key given as an array, and copies its values into a buffer.
  /// See ``lookupAndDeletePerCPU(_:into:flags:)-(RawSpan,_,_)``.
  public func lookupAndDeletePerCPU(
    _ key: [UInt8], into values: inout MutableRawSpan, flags: MapFlags = []
  ) throws(BPFError) -> Bool {
    try unsafe lookupAndDeletePerCPU(key.span.bytes, into: &values, flags: flags)
  }

  /// Throws unless there is one value for each possible CPU.
  @usableFromInline
  func checkValueCount(_ count: Int) throws(BPFError) {
    guard count != valuesPerElement else { return }
    throw failure(
      .update, .wrongSize, nil,
      "there are \(count) values, but this machine has \(valuesPerElement) possible CPUs")
  }

  private func readPerCPU(
    _ reading: Reading, _ plainCall: String, _ key: RawSpan, _ flags: MapFlags
  ) throws(BPFError) -> [[UInt8]]? {
    try checkPerCPU(reading.operation, flags, insteadUse: plainCall)
    try checkKey(reading.operation, key)
    return try unsafe withTemporaryBytes(valueStride) { (buffer) throws(BPFError) in
      guard try unsafe read(reading, key, into: buffer, flags) else { return nil }
      return (0..<valuesPerElement).map { slot in
        unsafe Array(buffer[(slot * perCPUStride)...].prefix(valueSize))
      }
    }
  }
}
