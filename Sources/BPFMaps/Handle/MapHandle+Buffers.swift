//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

// Every key and value passes through here on its way to the kernel. The kernel is given only addresses; the map
// determines how many bytes it reads and writes. So callers check each buffer's size first.

extension MapHandle {
  /// Reads the value of a key, `valueStride` bytes. Returns false if the key is not in the map.
  @inline(__always)
  func read(
    _ command: BPFCommand.Reading, _ operation: BPFError.Operation, _ key: RawSpan,
    into value: UnsafeMutableRawBufferPointer, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    guard isTypeKnown else {
      return try unsafe readUnknown(command, operation, key, into: value, flags)
    }
    return try unsafe readValue(command, operation, key, into: value, flags)
  }

  @inline(__always)
  private func readValue(
    _ command: BPFCommand.Reading, _ operation: BPFError.Operation, _ key: RawSpan,
    into value: UnsafeMutableRawBufferPointer, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    let errno = unsafe key.withUnsafeBytes { key in
      unsafe BPFCommand.mapRead(
        command, descriptor.borrowed, key: address(ofKey: key), value: value.baseAddress,
        flags: flags.rawValue)
    }
    return try outcome(operation, errno, flags)
  }

  /// Reads a value of a type that this library does not know. The kernel may write more than `valueSize` bytes.
  @inline(never)
  private func readUnknown(
    _ command: BPFCommand.Reading, _ operation: BPFError.Operation, _ key: RawSpan,
    into value: UnsafeMutableRawBufferPointer, _ flags: MapFlags
  ) throws(BPFError) -> Bool {
    try unsafe scratch(safeValueStride) { (buffer) throws(BPFError) in
      let found = try unsafe readValue(command, operation, key, into: buffer, flags)
      if found { unsafe value.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.prefix(value.count))) }
      return found
    }
  }

  /// Writes the value of a key, `valueStride` bytes.
  @inline(__always)
  func write(_ key: RawSpan, _ value: UnsafeRawBufferPointer, _ flags: MapFlags) throws(BPFError) {
    guard isTypeKnown else { return try unsafe writeUnknown(key, value, flags) }
    try unsafe writeValue(key, value, flags)
  }

  /// Writes a value of a type that this library does not know. The kernel may read more than `valueSize` bytes.
  @inline(never)
  private func writeUnknown(_ key: RawSpan, _ value: UnsafeRawBufferPointer, _ flags: MapFlags)
    throws(BPFError)
  {
    try unsafe scratch(safeValueStride) { (buffer) throws(BPFError) in
      unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
      unsafe buffer.copyMemory(from: value)
      try unsafe writeValue(key, UnsafeRawBufferPointer(buffer), flags)
    }
  }

  @inline(__always)
  private func writeValue(_ key: RawSpan, _ value: UnsafeRawBufferPointer, _ flags: MapFlags) throws(BPFError)
  {
    let errno = unsafe key.withUnsafeBytes { key in
      unsafe BPFCommand.mapUpdate(
        descriptor.borrowed, key: address(ofKey: key), value: value.baseAddress, flags: flags.rawValue)
    }
    if errno != 0 { throw elementFailure(.update, errno, flags) }
  }

  /// Returns the key's address for the kernel: null for maps without keys.
  @inline(__always)
  func address(ofKey key: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
    keySize == 0 ? nil : key.baseAddress
  }

  /// Returns the value of a key in a new array, or nil if the key is not in the map.
  ///
  /// Reads small values on the stack first, so that a missing key costs no allocation.
  @inline(__always)
  func collectValue(
    _ command: BPFCommand.Reading, _ operation: BPFError.Operation, _ key: RawSpan, _ flags: MapFlags
  ) throws(BPFError) -> [UInt8]? {
    guard isTypeKnown, valueSize <= 1024 else {
      return try unsafe collect(valueSize) { (value) throws(BPFError) in
        try unsafe read(command, operation, key, into: value, flags)
      }
    }
    let (bytes, errno) = unsafe withUnsafeTemporaryAllocation(byteCount: valueSize, alignment: 8) { value in
      let errno = unsafe key.withUnsafeBytes { key in
        unsafe BPFCommand.mapRead(
          command, descriptor.borrowed, key: address(ofKey: key), value: value.baseAddress,
          flags: flags.rawValue)
      }
      return unsafe (errno == 0 ? [UInt8](value) : nil, errno)
    }
    return try outcome(operation, errno, flags) ? bytes : nil
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
    var outcome: Result<Bool, BPFError> = .success(false)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      do throws(BPFError) {
        let found = try unsafe body(
          UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount]))
        outcome = .success(found)
        // A successful read wrote every byte.
        count = found ? byteCount : 0
      } catch {
        outcome = .failure(error)
      }
    }
    return try outcome.get() ? bytes : nil
  }

  /// Lends temporary memory to `body`; small buffers are on the stack.
  @inline(__always)
  func scratch<R>(
    _ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws(BPFError) -> R
  ) throws(BPFError) -> R {
    let outcome = unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { buffer in
      Result { () throws(BPFError) in try unsafe body(buffer) }
    }
    return try outcome.get()
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
  func checkPlain(_ operation: BPFError.Operation, insteadUse call: StaticString) throws(BPFError) {
    if isPerCPU { throw wrongCall(operation, "\(call)") }
  }

  @inline(__always)
  func checkPerCPU(_ operation: BPFError.Operation, insteadUse call: String) throws(BPFError) {
    if !isPerCPU {
      throw failure(
        operation, .wrongCall, nil, "\(type.withArticle) map has one value for all CPUs: use \(call)")
    }
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
  func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
