//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

// One errno has many causes. The map's properties, the handle and the call determine the cause. Finding it may take
// extra system calls, but only after a failure.

extension MapHandle {
  /// The map as the subject of errors.
  var subject: BPFError.Subject { .map(name: name, id: id) }

  /// Returns an error of this map with a known cause.
  func failure(
    _ operation: BPFError.Operation, _ code: BPFError.Code, _ errno: Errno?, processed: Int? = nil,
    _ explanation: String
  ) -> BPFError {
    BPFError(
      operation, code, errno: errno, mapName: name, mapID: id, processed: processed, explanation)
  }

  /// Returns an error of this map, with the cause inferred from the errno.
  @inline(never)
  func failure(
    _ operation: BPFError.Operation, _ errno: Errno, flags: MapFlags = [], processed: Int? = nil
  ) -> BPFError {
    let refusal = type.facts.refusal(of: operation, errno).map { Cause($0.code, $0.text) }
    let cause = refusal ?? cause(of: errno, in: operation, flags)
    return failure(operation, cause.code, errno, processed: processed, cause.text)
  }

  private struct Cause {
    var code: BPFError.Code
    var text: String
    init(_ code: BPFError.Code, _ text: String) { (self.code, self.text) = (code, text) }
  }

  private func cause(of errno: Errno, in operation: BPFError.Operation, _ flags: MapFlags) -> Cause {
    switch errno {
    case .notPermitted: notPermitted(operation)
    case .argListTooLong: tooMuch(operation)
    case .noSpace: noSpace(operation)
    case .fileExists:
      Cause(.alreadyExists, "the key is already in the map, and the update was only to insert (BPF_NOEXIST)")
    case .noSuchFileOrDirectory: notFound(operation, flags)
    case .notSupportedByKernel, .notSupported: unsupported(operation)
    case .invalidArgument: invalid(operation, flags)
    case .badFileDescriptor: badDescriptor(operation)
    case .resourceBusy: busy(operation)
    case .noMemory: noMemory(operation)
    case .permissionDenied: Cause(.permissionDenied, "")
    case .outOfRange where flags.selectedCPU != nil:
      Cause(.outOfBounds, "this machine has no possible CPU \(flags.selectedCPU ?? 0)")
    case .interrupted, .resourceTemporarilyUnavailable:
      Cause(.system, "signals kept interrupting the call; nothing was done")
    default: Cause(.system, "")
    }
  }

  // MARK: - Causes by errno

  private static let writes: Set<BPFError.Operation> = [
    .update, .updateBatch, .delete, .deleteBatch, .lookupAndDelete, .lookupAndDeleteBatch, .deleteAll, .drain,
    .freeze,
  ]

  private func notPermitted(_ operation: BPFError.Operation) -> Cause {
    if let refusal = Privilege.refusalOfEveryCall { return Cause(.permissionDenied, refusal) }
    let isWrite = MapHandle.writes.contains(operation)
    if isWrite && access == .readOnly {
      return Cause(.readOnly, "this handle was opened read-only")
    }
    if !isWrite || operation == .lookupAndDelete || operation == .lookupAndDeleteBatch, access == .writeOnly {
      return Cause(.writeOnly, "this handle was opened write-only")
    }
    if isWrite {
      // Only /proc shows whether the map is frozen. Without it, the message names both causes.
      guard let info = try? descriptorInfo() else {
        return Cause(
          .permissionDenied,
          "the map may be frozen, which is unknown without /proc, or a security policy forbids it")
      }
      if info.isFrozen == true {
        return operation == .freeze
          ? Cause(.frozen, "the map is already frozen")
          : Cause(.frozen, "the map is frozen: only programs can still change it")
      }
    }
    return Cause(.permissionDenied, "a security policy of this system forbids it")
  }

  private func noMemory(_ operation: BPFError.Operation) -> Cause {
    switch operation {
    case .update, .updateBatch:
      Cause(
        .outOfResources, "no memory is left for the element, or the memory control group's limit is reached")
    default: Cause(.outOfResources, "the kernel has no memory for the call")
    }
  }

  private func tooMuch(_ operation: BPFError.Operation) -> Cause {
    guard operation == .update || operation == .updateBatch else { return Cause(.system, "") }
    if type.facts.keys == .index {
      return Cause(.outOfBounds, "the index lies beyond the end of the map (max_entries \(maxEntries))")
    }
    return Cause(.mapFull, "the map is full (max_entries \(maxEntries))")
  }

  private func noSpace(_ operation: BPFError.Operation) -> Cause {
    switch operation {
    case .lookupBatch, .lookupAndDeleteBatch:
      Cause(
        .bufferTooSmall, "the buffers hold fewer elements than the next bucket of the map: use larger ones")
    case .lookup where type.facts.values == .socket:
      Cause(.unsupported, "sockets cannot be read; a map created with 8-byte values shows their cookies")
    case .update, .updateBatch: Cause(.mapFull, "the map is full (max_entries \(maxEntries))")
    default: Cause(.system, "")
    }
  }

  private func notFound(_ operation: BPFError.Operation, _ flags: MapFlags) -> Cause {
    switch operation {
    case .update, .updateBatch:
      if flags.contains(.exist) {
        return Cause(.notFound, "the key is not in the map, and the update was only to replace (BPF_EXIST)")
      }
      return type.facts.keyObject == .process
        ? Cause(.notFound, "the process of the given pidfd has ended")
        : Cause(.notFound, "the object that the value, or the key, refers to does not exist")
    case .deleteBatch:
      return Cause(.notFound, "the next key is not in the map; the keys after it are still there")
    case .lookupBatch, .lookupAndDeleteBatch:
      return Cause(
        .system,
        "the errno means the end of the map, but the kernel wrote neither a count nor a cursor: another source, "
          + "such as a seccomp filter, returned it")
    default: return Cause(.notFound, "the key is not in the map")
    }
  }

  private func unsupported(_ operation: BPFError.Operation) -> Cause {
    let facts = type.facts
    if operation == .update, let rule = facts.socketRule { return Cause(.invalidArgument, rule) }
    if operation == .nextKey || facts.values == .none, let refusal = facts.sweep.refusal {
      return Cause(.unsupported, refusal)
    }
    let reason =
      switch operation {
      case .lookup where !facts.isReadable: "user space can write, but not read, \(type.withArticle) map"
      case .updateBatch: "maps of type \(type) have no batches in this kernel; update one by one"
      case .deleteBatch: "maps of type \(type) have no batches in this kernel; delete one by one"
      case .lookupBatch: "maps of type \(type) have no batches in this kernel; use entries() or keys()"
      default: "maps of type \(type) have no \(operation) in this kernel"
      }
    return Cause(.unsupported, reason)
  }

  private func invalid(_ operation: BPFError.Operation, _ flags: MapFlags) -> Cause {
    if operation == .lookup, type.facts.values == .none { return unsupported(operation) }
    if flags.hasOneValue, let cause = invalidCPUs(operation, flags) { return cause }
    let unknown = flags.withoutCPUs.subtracting([.noExist, .exist, .lock])
    if !unknown.isEmpty {
      return Cause(
        .unsupported, "this kernel does not know the flags 0x\(String(unknown.rawValue, radix: 16))")
    }
    if flags.contains(.lock) {
      return Cause(.invalidArgument, "BPF_F_LOCK needs values with a bpf_spin_lock in their BTF")
    }
    if operation == .lookup, !flags.isEmpty {
      return Cause(.invalidArgument, "the only flag for a look-up is BPF_F_LOCK")
    }
    if flags.isSuperset(of: [.noExist, .exist]) {
      return Cause(.invalidArgument, "BPF_NOEXIST and BPF_EXIST exclude each other")
    }
    if !flags.isEmpty, operation == .update || operation == .updateBatch {
      return Cause(.invalidArgument, "an update of \(type.withArticle) map does not take these flags")
    }
    if operation == .update || operation == .updateBatch { return Cause(.invalidArgument, unfitValue) }
    return Cause(.invalidArgument, "")
  }

  /// The cause of a refusal of flags that select CPUs, if they are the cause.
  private func invalidCPUs(_ operation: BPFError.Operation, _ flags: MapFlags) -> Cause? {
    if !isPerCPU {
      return Cause(
        .invalidArgument,
        "\(type.withArticle) map has one value for all CPUs: leave out .cpu(_:) and .allCPUs")
    }
    if KernelRelease.isOlder(than: "7.0") {
      return Cause(
        .unsupported,
        "this kernel reads and writes only the values of all CPUs: \(KernelRelease.requirement("7.0"))")
    }
    if flags.contains(.allCPUs) {
      if flags.selectedCPU != nil {
        return Cause(.invalidArgument, ".cpu(_:) and .allCPUs exclude each other")
      }
      if operation == .lookup || operation == .lookupBatch {
        return Cause(.invalidArgument, "a look-up takes .cpu(_:), but not .allCPUs")
      }
    }
    if operation == .lookupAndDeleteBatch || operation == .deleteBatch {
      return Cause(.invalidArgument, "deleting an element deletes the values of all CPUs: leave out .cpu(_:)")
    }
    return nil
  }

  /// The cause of a refusal if key and value have the right size.
  private var unfitValue: String {
    if type.facts.keys == .prefix {
      return "the prefix is longer than the \((keySize - 4) * 8) bits of the key's data"
    }
    return type.facts.unfitValue ?? ""
  }

  private func badDescriptor(_ operation: BPFError.Operation) -> Cause {
    if let kind = type.facts.keyObject {
      return Cause(.invalidArgument, "the key must be an open descriptor of \(kind.rawValue)")
    }
    if operation == .update || operation == .updateBatch {
      return Cause(
        .invalidArgument, "the value must be an open descriptor of an object for \(type.withArticle) map")
    }
    return Cause(.system, "")
  }

  private func busy(_ operation: BPFError.Operation) -> Cause {
    switch operation {
    // Older kernels, such as 5.10 and 6.1, return `EBUSY` for a second freeze.
    case .freeze where (try? descriptorInfo())?.isFrozen == true:
      Cause(.frozen, "the map is already frozen")
    case .freeze:
      Cause(.busy, "a process has mapped the map writable, or is writing to it: unmap it first")
    default: Cause(.busy, "the element is in use right now; try again")
    }
  }
}
