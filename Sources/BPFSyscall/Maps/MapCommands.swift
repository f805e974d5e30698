//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
public import SystemPackage

/// bpf(2), with one function per command.
///
/// The functions make the system call and nothing else. They check no sizes: the caller passes buffers of the map's key
/// and value sizes. They throw the kernel's errno.
@usableFromInline package enum BPFCommand {}

extension BPFCommand {
  /// The fields of BPF_MAP_CREATE. A missing descriptor is -1.
  package struct MapCreation {
    package var type: UInt32
    package var name = ""
    package var keySize: UInt32
    package var valueSize: UInt32
    package var maxEntries: UInt32
    package var flags: UInt32 = 0
    package var extra: UInt64 = 0
    package var numaNode: UInt32 = 0
    package var interfaceIndex: UInt32 = 0
    package var innerMap: FileDescriptor?
    package var btf: FileDescriptor?
    package var btfKeyTypeID: UInt32 = 0
    package var btfValueTypeID: UInt32 = 0
    package var btfVmlinuxValueTypeID: UInt32 = 0
    package var valueTypeBTF: FileDescriptor?
    /// It must stay open until the call has returned.
    package var token: FileDescriptor?
    package var exclusiveProgramHash: [UInt8] = []

    package init(type: UInt32, keySize: UInt32, valueSize: UInt32, maxEntries: UInt32) {
      self.type = type
      self.keySize = keySize
      self.valueSize = valueSize
      self.maxEntries = maxEntries
    }
  }

  /// Creates a map. `BPF_MAP_CREATE`, Linux 3.18. Truncates `creation.name` to 15 bytes.
  package static func mapCreate(_ creation: borrowing MapCreation) throws(Errno) -> OwnedDescriptor {
    let descriptor = try withArgument(of: creation) { (argument) throws(Errno) in
      try bpf(LINUX_BPF_MAP_CREATE, &argument)
    }
    return OwnedDescriptor(rawValue: descriptor)
  }

  /// Calls `body` with the argument of `BPF_MAP_CREATE`.
  static func withArgument(
    of creation: borrowing MapCreation, _ body: (inout linux_bpf_map_create) throws(Errno) -> CInt
  ) throws(Errno) -> CInt {
    var argument = linux_bpf_map_create()
    argument.map_type = creation.type
    argument.key_size = creation.keySize
    argument.value_size = creation.valueSize
    argument.max_entries = creation.maxEntries
    argument.map_flags = creation.flags
    argument.inner_map_fd = creation.innerMap.unsignedValue
    argument.numa_node = creation.numaNode
    unsafe withUnsafeMutableBytes(of: &argument.map_name) { name in
      for (index, byte) in zip(0..<name.count - 1, creation.name.utf8) { unsafe name[index] = byte }
    }
    argument.map_ifindex = creation.interfaceIndex
    argument.btf_fd = creation.btf.unsignedValue
    argument.btf_key_type_id = creation.btfKeyTypeID
    argument.btf_value_type_id = creation.btfValueTypeID
    argument.btf_vmlinux_value_type_id = creation.btfVmlinuxValueTypeID
    argument.map_extra = creation.extra
    argument.value_type_btf_obj_fd = creation.valueTypeBTF?.rawValue ?? 0
    argument.map_token_fd = creation.token?.rawValue ?? 0
    let hash = creation.exclusiveProgramHash
    return try unsafe hash.span.bytes.withUnsafeBytes { (hash) throws(Errno) in
      if unsafe !hash.isEmpty {
        argument.excl_prog_hash = unsafe UInt64(address: hash.baseAddress)
        argument.excl_prog_hash_size = UInt32(truncatingIfNeeded: hash.count)
      }
      return try body(&argument)
    }
  }

  /// Freezes a map. `BPF_MAP_FREEZE`, Linux 5.2.
  package static func mapFreeze(_ map: FileDescriptor) throws(Errno) {
    var argument = linux_bpf_map_element()
    argument.map_fd = UInt32(bitPattern: map.rawValue)
    _ = try bpf(LINUX_BPF_MAP_FREEZE, &argument)
  }
}

// MARK: - One element

// These functions return an errno, 0 for success, instead of throwing: a missing key is not an error to most callers,
// and a `throw` calls the runtime. Typed maps are inlined into their callers down to these functions. Descriptors are
// passed as numbers to avoid reference counting.

extension BPFCommand {
  /// Looks up an element. `BPF_MAP_LOOKUP_ELEM`, Linux 3.18.
  @usableFromInline
  package static func mapLookup(
    _ map: FileDescriptor, key: UnsafeRawPointer?, value: UnsafeMutableRawPointer?, flags: UInt64
  ) -> CInt {
    unsafe element(LINUX_BPF_MAP_LOOKUP_ELEM, map, key, value, flags)
  }

  /// Updates an element. `BPF_MAP_UPDATE_ELEM`, Linux 3.18.
  @usableFromInline
  package static func mapUpdate(
    _ map: FileDescriptor, key: UnsafeRawPointer?, value: UnsafeRawPointer?, flags: UInt64
  ) -> CInt {
    unsafe element(LINUX_BPF_MAP_UPDATE_ELEM, map, key, value, flags)
  }

  /// Deletes an element. `BPF_MAP_DELETE_ELEM`, Linux 3.18.
  @usableFromInline
  package static func mapDelete(_ map: FileDescriptor, key: UnsafeRawPointer?) -> CInt {
    unsafe element(LINUX_BPF_MAP_DELETE_ELEM, map, key, nil, 0)
  }

  /// Looks up and deletes an element. `BPF_MAP_LOOKUP_AND_DELETE_ELEM`, Linux 4.20; for hash maps 5.14.
  @usableFromInline
  package static func mapLookupAndDelete(
    _ map: FileDescriptor, key: UnsafeRawPointer?, value: UnsafeMutableRawPointer?, flags: UInt64
  ) -> CInt {
    unsafe element(LINUX_BPF_MAP_LOOKUP_AND_DELETE_ELEM, map, key, value, flags)
  }

  /// Finds the key after a key. `BPF_MAP_GET_NEXT_KEY`, Linux 3.18; without a key 4.12.
  package static func mapNextKey(
    _ map: FileDescriptor, after key: UnsafeRawPointer?, into next: UnsafeMutableRawPointer?
  ) -> CInt {
    unsafe element(LINUX_BPF_MAP_GET_NEXT_KEY, map, key, next, 0)
  }

  @inline(__always)
  private static func element(
    _ command: linux_bpf_command, _ map: FileDescriptor, _ key: UnsafeRawPointer?,
    _ valueOrNextKey: UnsafeRawPointer?, _ flags: UInt64
  ) -> CInt {
    var argument = linux_bpf_map_element(
      map_fd: UInt32(bitPattern: map.rawValue), reserved: 0, key: UInt64(UInt(bitPattern: key)),
      value_or_next_key: UInt64(UInt(bitPattern: valueOrNextKey)), flags: flags)
    // The kernel reads and writes only the argument's own bytes.
    let size = UInt32(truncatingIfNeeded: MemoryLayout<linux_bpf_map_element>.size)
    let answer = unsafe linux_bpf(command, &argument, size)
    return answer >= 0 ? 0 : retryingInterruption(-answer, command, argument)
  }

  /// Handles a failed command on one element: retries it after an interruption, otherwise returns the errno.
  @inline(never)
  private static func retryingInterruption(
    _ errno: Int, _ command: linux_bpf_command, _ argument: linux_bpf_map_element
  ) -> CInt {
    let errno = CInt(truncatingIfNeeded: errno)
    guard Errno(rawValue: errno).isInterruption else { return errno }
    var argument = argument
    do throws(Errno) {
      _ = try bpf(command, &argument)
      return 0
    } catch {
      return error.rawValue
    }
  }
}

// MARK: - Batches

extension BPFCommand {
  /// A batch command, Linux 5.6.
  package enum Batch: Sendable {
    /// `BPF_MAP_LOOKUP_BATCH`.
    case lookup
    /// `BPF_MAP_LOOKUP_AND_DELETE_BATCH`.
    case lookupAndDelete
    /// `BPF_MAP_UPDATE_BATCH`.
    case update
    /// `BPF_MAP_DELETE_BATCH`.
    case delete

    fileprivate var command: linux_bpf_command {
      switch self {
      case .lookup: LINUX_BPF_MAP_LOOKUP_BATCH
      case .lookupAndDelete: LINUX_BPF_MAP_LOOKUP_AND_DELETE_BATCH
      case .update: LINUX_BPF_MAP_UPDATE_BATCH
      case .delete: LINUX_BPF_MAP_DELETE_BATCH
      }
    }
  }

  /// The arguments of a batch command. Only look-ups use the cursors.
  @unsafe package struct BatchArgument {
    package var cursor: UnsafeRawPointer?
    package var nextCursor: UnsafeMutableRawPointer?
    package var keys: UnsafeRawPointer?
    package var values: UnsafeRawPointer?
    package var count: Int
    package var elementFlags: UInt64
    package var flags: UInt64
    /// Whether the kernel writes the next cursor even if the last elements of the map fill the buffers.
    package var hasCursorAtEnd: Bool

    package init(
      cursor: UnsafeRawPointer? = nil, nextCursor: UnsafeMutableRawPointer? = nil, keys: UnsafeRawPointer?,
      values: UnsafeRawPointer?, count: Int, elementFlags: UInt64, flags: UInt64, hasCursorAtEnd: Bool = true
    ) {
      unsafe self.cursor = cursor
      unsafe self.nextCursor = nextCursor
      unsafe self.keys = keys
      unsafe self.values = values
      unsafe self.count = count
      unsafe self.elementFlags = elementFlags
      unsafe self.flags = flags
      unsafe self.hasCursorAtEnd = hasCursorAtEnd
    }
  }

  /// The result of a batch: the number of elements processed, and the errno that stopped it, if any.
  ///
  /// A look-up that reaches the end returns `ENOENT` along with valid elements: see ``isEnd``.
  package struct BatchAnswer {
    package var count: Int
    package var errno: Errno?

    /// Whether a look-up reached the end of the map, according to the kernel.
    package var isEnd = false
  }

  /// Runs a batch command.
  ///
  /// The count is the kernel's where it is valid, otherwise zero. When the kernel rejects the arguments it leaves the
  /// requested count unchanged, and after `EFAULT` the count is meaningless. `ENOENT` ends a look-up only if the kernel
  /// has written a count or a cursor: a seccomp filter may return the same errno. For types without a cursor at the
  /// end, an empty batch shows whether the kernel runs the command; this takes another system call.
  package static func mapBatch(_ batch: Batch, _ map: FileDescriptor, _ request: BatchArgument) -> BatchAnswer
  {
    let count = unsafe UInt32(clamping: request.count)
    let argument = unsafe linux_bpf_map_batch(
      in_batch: UInt64(address: request.cursor), out_batch: UInt64(address: request.nextCursor),
      keys: UInt64(address: request.keys), values: UInt64(address: request.values),
      count: count, map_fd: UInt32(bitPattern: map.rawValue),
      elem_flags: request.elementFlags, flags: request.flags)
    let isLookup = batch == .lookup || batch == .lookupAndDelete
    var attempts = 0
    while true {
      // The kernel writes to its argument, so each attempt starts with a fresh copy.
      var answered = argument
      // No bucket, index or prefix length has this number, so a changed cursor was written by the kernel.
      unsafe request.nextCursor?.storeBytes(of: UInt32.max, as: UInt32.self)
      do throws(Errno) {
        _ = try bpfOnce(batch.command, &answered)
        return BatchAnswer(count: Int(answered.count), errno: nil)
      } catch {
        if error == .noSuchFileOrDirectory && isLookup {
          let next = unsafe request.nextCursor?.loadUnaligned(as: UInt32.self)
          let hasCursor = unsafe request.hasCursorAtEnd
          let isEnd =
            answered.count < count
            || answered.count == count && (next != .max || !hasCursor && accepts(batch, argument))
          return BatchAnswer(count: isEnd ? Int(answered.count) : 0, errno: error, isEnd: isEnd)
        }
        // A failed call that was not rejected has processed fewer elements than requested.
        let isCountValid = error != .badAddress && answered.count < count
        let done = isCountValid ? Int(answered.count) : 0
        attempts += 1
        if error.isInterruption && attempts <= maximumRetries && (batch == .lookup || done == 0) { continue }
        return BatchAnswer(count: done, errno: error)
      }
    }
  }

  /// Returns whether the kernel accepts a batch command without elements, which has no effect.
  private static func accepts(_ batch: Batch, _ argument: linux_bpf_map_batch) -> Bool {
    var empty = argument
    empty.count = 0
    return (try? bpf(batch.command, &empty)) != nil
  }
}

extension FileDescriptor? {
  /// The descriptor as an unsigned field, in which zero means none.
  fileprivate var unsignedValue: UInt32 { self.map { UInt32(bitPattern: $0.rawValue) } ?? 0 }
}
