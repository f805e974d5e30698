//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

// The kernel is given only addresses, and the map determines how many bytes it reads and writes. So each function here
// takes keys of `keySize` and values of `valueStride` bytes: callers check the sizes first.

extension MapHandle {
  /// A way to read the value of a key.
  enum Reading {
    case lookup, lookupAndDelete

    var operation: BPFError.Operation { self == .lookup ? .lookup : .lookupAndDelete }
  }

  /// Reads the value of a key. Returns false if the key is not in the map.
  @inline(__always)
  func read(
    _ reading: Reading, _ key: RawSpan, into value: UnsafeMutableRawBufferPointer, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    guard isTypeKnown else { return try unsafe readUnknown(reading, key, into: value, flags) }
    return try unsafe readValue(reading, key, into: value, flags)
  }

  @inline(__always)
  private func readValue(
    _ reading: Reading, _ key: RawSpan, into value: UnsafeMutableRawBufferPointer, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    try unsafe key.withUnsafeBytes { (key) throws(BPFError) in
      let key = unsafe address(ofKey: key)
      return switch reading {
      case .lookup: try unsafe lookup(at: key, into: value.baseAddress, flags)
      case .lookupAndDelete: try unsafe lookupAndDelete(at: key, into: value.baseAddress, flags)
      }
    }
  }

  /// Reads a value of a type that this library does not know. The kernel may write more than `valueSize` bytes.
  @inline(never)
  private func readUnknown(
    _ reading: Reading, _ key: RawSpan, into value: UnsafeMutableRawBufferPointer, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    try unsafe withTemporaryBytes(safeValueStride) { (buffer) throws(BPFError) in
      let found = try unsafe readValue(reading, key, into: buffer, flags)
      if found { unsafe value.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.prefix(value.count))) }
      return found
    }
  }

  /// Writes the value of a key.
  @inline(__always)
  func write(_ key: RawSpan, _ value: UnsafeRawBufferPointer, _ flags: MapFlags) throws(BPFError) {
    // Before Linux 7.0 the kernel reads the values of all CPUs before it rejects the flags.
    guard isTypeKnown, !flags.hasOneValue else { return try unsafe writeUnknown(key, value, flags) }
    try unsafe writeValue(key, value, flags)
  }

  @inline(__always)
  private func writeValue(
    _ key: RawSpan, _ value: UnsafeRawBufferPointer, _ flags: MapFlags
  ) throws(BPFError) {
    try unsafe key.withUnsafeBytes { (key) throws(BPFError) in
      try unsafe update(at: address(ofKey: key), to: value.baseAddress, flags)
    }
  }

  /// Writes a value of which the kernel may read more than `valueSize` bytes, such as one of a type that this library
  /// does not know.
  @inline(never)
  private func writeUnknown(
    _ key: RawSpan, _ value: UnsafeRawBufferPointer, _ flags: MapFlags
  ) throws(BPFError) {
    try unsafe withTemporaryBytes(safeValueStride) { (buffer) throws(BPFError) in
      unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
      unsafe buffer.copyMemory(from: value)
      try unsafe writeValue(key, UnsafeRawBufferPointer(buffer), flags)
    }
  }

  /// Returns the key's address for the kernel: null for maps without keys.
  @inline(__always)
  func address(ofKey key: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
    keySize == 0 ? nil : key.baseAddress
  }
}

// MARK: - Memory

extension MapHandle {
  /// Returns the value of a key in a new array, or nil if the key is not in the map.
  ///
  /// Reads small values on the stack first, so that a missing key costs no allocation.
  @inline(__always)
  func collectValue(
    _ reading: Reading, _ key: RawSpan, _ flags: MapFlags
  ) throws(BPFError) -> [UInt8]? {
    guard isTypeKnown, valueSize <= 1024 else {
      return try unsafe collect(valueSize) { (value) throws(BPFError) in
        try unsafe read(reading, key, into: value, flags)
      }
    }
    return try unsafe withTemporaryBytes(valueSize) { (value) throws(BPFError) in
      try unsafe readValue(reading, key, into: value, flags) ? [UInt8](value) : nil
    }
  }

  /// Returns a new array that `body` fills, or nil if it returns false.
  @inline(__always)
  func collect(
    _ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws(BPFError) -> Bool
  ) throws(BPFError) -> [UInt8]? {
    // All empty arrays share one buffer, which must not be written to.
    guard byteCount > 0 else {
      return try unsafe body(UnsafeMutableRawBufferPointer(start: nil, count: 0)) ? [] : nil
    }
    var found = false
    let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: byteCount) {
      (buffer, count) throws(BPFError) in
      found = try unsafe body(
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount]))
      // A successful read wrote every byte.
      count = found ? byteCount : 0
    }
    return found ? bytes : nil
  }

  /// Lends temporary memory to `body`; small buffers are on the stack.
  @inline(__always)
  func withTemporaryBytes<R>(
    _ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws(BPFError) -> R
  ) throws(BPFError) -> R {
    try unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8, body)
  }
}

// MARK: - Checks before the system call

extension MapHandle {
  @inline(__always)
  func checkKey(_ operation: BPFError.Operation, _ key: RawSpan) throws(BPFError) {
    if key.byteCount != keySize { throw wrongKeySize(operation, key.byteCount) }
  }

  @inline(__always)
  func checkValue(_ operation: BPFError.Operation, _ byteCount: Int) throws(BPFError) {
    if byteCount != valueSize { throw wrongValueSize(operation, byteCount) }
  }

  /// Checks the size of a buffer for the values of all CPUs.
  @inline(__always)
  func checkSlots(_ operation: BPFError.Operation, _ byteCount: Int) throws(BPFError) {
    if byteCount != valueStride { throw wrongSlotsSize(operation, byteCount) }
  }

  @inline(__always)
  func checkPlain(
    _ operation: BPFError.Operation, _ flags: MapFlags, insteadUse call: StaticString
  ) throws(BPFError) {
    if isPerCPU, !flags.hasOneValue { throw wrongCall(operation, "\(call)") }
  }

  @inline(__always)
  func checkPerCPU(
    _ operation: BPFError.Operation, _ flags: MapFlags, insteadUse call: String
  ) throws(BPFError) {
    if flags.hasOneValue { throw oneValue(operation, insteadUse: call) }
    if !isPerCPU {
      throw failure(
        operation, .wrongCall, nil, "\(type.withArticle) map has one value for all CPUs: use \(call)")
    }
  }

  /// Rejects flags that the kernel ignores if others select CPUs.
  @inline(never)
  func checkUnconditional(_ flags: MapFlags) throws(BPFError) {
    guard !flags.isDisjoint(with: [.noExist, .exist]) else { return }
    throw failure(
      .update, .invalidArgument, nil,
      "the kernel ignores BPF_NOEXIST and BPF_EXIST together with .cpu(_:) and .allCPUs: look the key up first"
    )
  }

  /// Returns the error for flags that select CPUs in a call for the values of all CPUs.
  @inline(never)
  func oneValue(_ operation: BPFError.Operation, insteadUse call: String) -> BPFError {
    failure(
      operation, .wrongCall, nil, "with the flags .cpu(_:) and .allCPUs an element has one value: use \(call)"
    )
  }

  @inline(never)
  private func wrongKeySize(_ operation: BPFError.Operation, _ byteCount: Int) -> BPFError {
    let rule =
      keySize == 0
      ? "\(type.withArticle) map has no keys: pass an empty one" : "the map's keys have \(keySize)"
    return failure(operation, .wrongSize, nil, "the key has \(byteCount.counted("byte")), but \(rule)")
  }

  @inline(never)
  private func wrongValueSize(_ operation: BPFError.Operation, _ byteCount: Int) -> BPFError {
    failure(
      operation, .wrongSize, nil,
      "the value has \(byteCount.counted("byte")), but the map's values have \(valueSize)")
  }

  @inline(never)
  private func wrongSlotsSize(_ operation: BPFError.Operation, _ byteCount: Int) -> BPFError {
    failure(
      operation, .wrongSize, nil,
      "the values have \(byteCount.counted("byte")), but the map's have \(valueStride): \(perCPUStride) for each of "
        + "\(valuesPerElement) possible CPUs")
  }

  @inline(never)
  private func wrongCall(_ operation: BPFError.Operation, _ call: String) -> BPFError {
    failure(operation, .wrongCall, nil, "\(type.withArticle) map has a value for each CPU: use \(call)")
  }
}

extension Int {
  /// Returns the number with a noun, in the plural unless the number is 1.
  package func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
