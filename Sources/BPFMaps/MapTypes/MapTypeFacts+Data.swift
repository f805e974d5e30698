//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

// The rows of the types whose values are data, or that are memory.

extension MapTypeFacts {
  /// Values by key.
  static let hashes: [MapTypeFacts] = [
    MapTypeFacts(
      type: .hash, name: "hash", since: "3.19", keys: .bytes(atMost: nil), values: .data,
      isPerCPU: false, capacity: .elements,
      flags: [.noPrealloc, .numaNode, .zeroSeed, access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: true, needsNetAdmin: false,
      sweep: .batches(nil, withoutBatches: .steps(.unknown)),
      draining: .batches, hasCursorAtEnd: true, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .keyAndValue("HashMap")),
    MapTypeFacts(
      type: .perCPUHash, name: "percpu_hash", since: "4.6", keys: .bytes(atMost: nil), values: .data,
      isPerCPU: true, capacity: .elements,
      flags: [.noPrealloc, .zeroSeed, access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .batches(nil, withoutBatches: .steps(.unknown)),
      draining: .batches, hasCursorAtEnd: true, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .keyAndValue("PerCPUHashMap")),
    MapTypeFacts(
      type: .lruHash, name: "lru_hash", since: "4.10", keys: .bytes(atMost: nil), values: .data,
      isPerCPU: false, capacity: .elements,
      flags: [.noCommonLRU, .numaNode, .zeroSeed, access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .batches(nil, withoutBatches: .steps(.unknown)),
      draining: .batches, hasCursorAtEnd: true, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .keyAndValue("LRUHashMap")),
    MapTypeFacts(
      type: .lruPerCPUHash, name: "lru_percpu_hash", since: "4.10", keys: .bytes(atMost: nil), values: .data,
      isPerCPU: true, capacity: .elements,
      flags: [.noCommonLRU, .zeroSeed, access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .batches(nil, withoutBatches: .steps(.unknown)),
      draining: .batches, hasCursorAtEnd: true, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .keyAndValue("LRUPerCPUHashMap")),
    MapTypeFacts(
      type: .lpmTrie, name: "lpm_trie", since: "4.11", keys: .prefix, values: .data,
      isPerCPU: false, capacity: .elements,
      flags: [.noPrealloc, .numaNode, access, programs], requiredFlags: .noPrealloc, addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .batches(.prefix, withoutBatches: .steps(.prefix)),
      draining: .none, hasCursorAtEnd: true, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .prefixAndValue("LPMTrieMap")),
    // While the kernel resizes the table, a pass may miss keys or return them twice, and a batch fails if the key at
    // which it begins was deleted: no sweep in batches. A batch copies all its elements before it deletes them, so a
    // write in between is lost: no draining.
    MapTypeFacts(
      type: .rhash, name: "rhash", since: "7.2", keys: .bytes(atMost: 65535), values: .data,
      isPerCPU: false, capacity: .elements,
      flags: [.noPrealloc, .numaNode, access, programs], requiredFlags: .noPrealloc, addedFlags: [],
      btf: .accepted, extra: .number(of: "expected elements", atMost: 65535), canBeInner: true,
      canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.steps(.unknown)),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil,
      refusals: [
        Refusal(
          operations: [.lookupBatch, .lookupAndDeleteBatch], errnos: [.resourceTemporarilyUnavailable],
          code: .changing, text: "the key at which this batch begins was deleted: begin with a new cursor")
      ],
      swiftMap: .none),
  ]

  /// Values by index or number.
  static let arrays: [MapTypeFacts] = [
    MapTypeFacts(
      type: .array, name: "array", since: "3.19", keys: .index, values: .data,
      isPerCPU: false, capacity: .alwaysFull,
      flags: [.numaNode, .mmapable, .innerMap, access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: true, needsNetAdmin: false,
      sweep: .batches(nil, withoutBatches: .indices),
      draining: .none, hasCursorAtEnd: true, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: elementsAlwaysExist, swiftMap: .value("ArrayMap")),
    MapTypeFacts(
      type: .perCPUArray, name: "percpu_array", since: "4.6", keys: .index, values: .data,
      isPerCPU: true, capacity: .alwaysFull,
      flags: [access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .batches(nil, withoutBatches: .indices),
      draining: .none, hasCursorAtEnd: true, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: elementsAlwaysExist, swiftMap: .value("PerCPUArrayMap")),
    MapTypeFacts(
      type: .stackTrace, name: "stack_trace", since: "4.6", keys: .index, values: .frames,
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, .stackBuildID, access], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.steps(.index)),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil,
      refusals: [.whenInvalid(.update, "only programs can write stack traces")],
      swiftMap: .notGeneric("StackTraceMap")),
    MapTypeFacts(
      type: .insnArray, name: "insn_array", since: "6.19", keys: .index, values: .instruction,
      isPerCPU: false, capacity: .elements,
      flags: nil, requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.indices),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .none),
  ]

  private static let elementsAlwaysExist: [Refusal] = {
    let text = "the elements of an array always exist; overwrite them instead"
    return [
      .whenInvalid(.delete, text),
      Refusal(
        operations: [.lookupAndDelete, .deleteBatch], errnos: [.notSupportedByKernel, .notSupported],
        code: .unsupported, text: text),
    ]
  }()

  /// No keys: queues, filters and shared memory.
  static let memory: [MapTypeFacts] = [
    MapTypeFacts(
      type: .queue, name: "queue", since: "4.20", keys: .none, values: .data,
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access, programs], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .refused("the elements of a queue can only be popped: use drain"),
      draining: .pops, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil,
      refusals: [
        .whenInvalid(.delete, "a queue has no keys to delete; use look-up and delete"),
        .whenInvalid(.nextKey, "a queue has no keys"),
      ],
      swiftMap: .value("QueueMap")),
    MapTypeFacts(
      type: .stack, name: "stack", since: "4.20", keys: .none, values: .data,
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access, programs], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .refused("the elements of a stack can only be popped: use drain"),
      draining: .pops, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil,
      refusals: [
        .whenInvalid(.delete, "a stack has no keys to delete; use look-up and delete"),
        .whenInvalid(.nextKey, "a stack has no keys"),
      ],
      swiftMap: .value("StackMap")),
    MapTypeFacts(
      type: .bloomFilter, name: "bloom_filter", since: "5.16", keys: .none, values: .data,
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, .zeroSeed, access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .number(of: "hashes", atMost: 15), canBeInner: true, canBeOffloaded: false,
      needsNetAdmin: false,
      sweep: .refused("a Bloom filter cannot list its values"),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .value("BloomFilter")),
    MapTypeFacts(
      type: .ringBuf, name: "ringbuf", since: "5.8", keys: .none, values: .none,
      isPerCPU: false, capacity: .bytes,
      flags: [.numaNode, .ringBufferOverwrite], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .refused(
        "a ringbuf map has no elements: it is read and written through memory"),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .none),
    MapTypeFacts(
      type: .userRingBuf, name: "user_ringbuf", since: "6.1", keys: .none, values: .none,
      isPerCPU: false, capacity: .bytes,
      flags: [.numaNode], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .refused(
        "a user_ringbuf map has no elements: it is read and written through memory"),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .none),
    MapTypeFacts(
      type: .arena, name: "arena", since: "6.9", keys: .none, values: .none,
      isPerCPU: false, capacity: .pages,
      flags: [.mmapable, .segvOnFault, .noUserConversion], requiredFlags: .mmapable, addedFlags: [],
      btf: .accepted, extra: .address, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .refused("an arena has no elements: it is memory"),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .none),
  ]
}

extension MapTypeFacts.Refusal {
  /// Returns the refusal of an operation that the type does not have, which the kernel answers with `EINVAL`.
  static func whenInvalid(_ operation: BPFError.Operation, _ text: String) -> MapTypeFacts.Refusal {
    MapTypeFacts.Refusal(operations: [operation], errnos: [.invalidArgument], code: .unsupported, text: text)
  }
}
