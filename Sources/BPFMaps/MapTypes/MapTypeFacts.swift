//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
package import SystemPackage

/// The facts about a map type: one row of the table that everything else reads.
///
/// No column has a default, so that a row without one of them does not compile. To add a type, add its constant to
/// `MapType` and its row to `table`.
package struct MapTypeFacts: Sendable {
  /// The type.
  package let type: MapType
  /// The kernel's name in lower case, without `BPF_MAP_TYPE_`.
  package let name: String
  /// The first Linux release that has the type.
  package let since: String
  /// The keys, and the sizes that the kernel accepts for them.
  package let keys: Keys
  /// The values, and the sizes that the kernel accepts for them.
  package let values: Values
  /// Whether an element has a value for each possible CPU.
  package let isPerCPU: Bool
  /// The meaning of `max_entries`.
  package let capacity: Capacity
  /// The flags that creation accepts in Linux 7.3; nil if they are unknown. They explain refusals, but never cause one.
  package let flags: MapCreateFlags?
  /// The flags that creation requires.
  package let requiredFlags: MapCreateFlags
  /// The flags that the kernel adds to a new map, and which a request must not have.
  package let addedFlags: MapCreateFlags
  /// The use of BTF for keys and values.
  package let btf: BTFUse
  /// The meaning of `map_extra`.
  package let extra: Extra
  /// Whether a map can be the inner map of a map-in-map.
  package let canBeInner: Bool
  /// Whether a map can be offloaded to a network device.
  package let canBeOffloaded: Bool
  /// Whether creation requires `CAP_NET_ADMIN` in addition to `CAP_BPF`.
  package let needsNetAdmin: Bool
  /// The way to read a whole map.
  package let sweep: Sweep
  /// The way to look up and delete all elements, each of them atomically.
  package let draining: Draining
  /// Whether a batch look-up writes a cursor even if the last elements of the map fill its buffers; false also for types
  /// without batches.
  package let hasCursorAtEnd: Bool
  /// Whether user space can look up elements. See also `Values.socket`.
  package let isReadable: Bool
  /// Whether deleting a missing element fails with `EINVAL` instead of `ENOENT`.
  package let missingDeleteIsInvalid: Bool
  /// The sockets that a map takes, as a sentence; nil for types that hold no sockets.
  package let socketRule: String?
  /// The likely fault of a value of the right size that the kernel refuses with `EINVAL`; nil if unknown.
  package let unfitValue: String?
  /// The refusals that have the same cause whatever the arguments.
  package let refusals: [Refusal]
  /// The typed map of this library.
  package let swiftMap: SwiftMap
}

// MARK: - Columns

extension MapTypeFacts {
  /// The keys of a map.
  package enum Keys: Equatable, Sendable {
    /// Any bytes, at least one. The kernel refuses longer keys than the given number of bytes with `E2BIG`.
    case bytes(atMost: Int?)
    /// Indices below `max_entries`, which stack_trace rounds up to a power of two. 4 bytes.
    case index
    /// Always 0, 4 bytes: there is one element.
    case zero
    /// A 4-byte prefix length, and 1 to 256 bytes of data. A look-up finds the longest matching prefix.
    case prefix
    /// The id of a control group, and with 16 bytes also the attach type.
    case attachment
    /// A descriptor of the object that owns the element, 4 bytes.
    case descriptor(ObjectKind)
    /// No keys: operations take an empty one.
    case none
  }

  /// The values of a map.
  package enum Values: Equatable, Sendable {
    /// Any bytes, at least one.
    case data
    /// Stack frames: addresses of 8 bytes, or build ids of 32.
    case frames
    /// An object: a descriptor of 4 bytes when written, an id when read.
    case object(ObjectKind)
    /// A socket: a descriptor of 4 or 8 bytes when written. With 8 bytes, user space reads the socket's cookie.
    case socket
    /// A device's index or a CPU's queue size, 4 bytes, or 8 with a program that runs there.
    case target
    /// Offsets of an instruction, 16 bytes.
    case instruction
    /// A structure of operations, of a type in the kernel's BTF.
    case operations
    /// No elements. Both sizes are 0.
    case none
  }

  /// The meaning of `max_entries`.
  package enum Capacity: Sendable {
    /// The maximum number of elements, above 0.
    case elements
    /// The number of elements, all of which exist from the start.
    case alwaysFull
    /// The number of indices, above 0. An object that leaves it 0 means the number of possible CPUs.
    case oneForEachCPU
    /// The number of indices, above 0. The kernel refuses more than it has CPUs with `E2BIG`.
    case atMostCPUs
    /// Always 0: the map grows with the objects that own its elements.
    case growing
    /// Always 1.
    case one
    /// The size of a ring buffer in bytes: a power of two and a multiple of the page size.
    case bytes
    /// The number of memory pages, above 0.
    case pages
  }

  /// The use of BTF for the types of keys and values.
  package enum BTFUse: Sendable {
    /// The kernel refuses it: with `ENOTSUPP`, or with `EINVAL` for queues and stacks.
    case refused
    case accepted
    /// The kernel requires types of key and value.
    case required
    /// The kernel takes the value's type from its own BTF, and requires BTF without types of key and value.
    case vmlinux
  }

  /// The meaning of `map_extra`.
  package enum Extra: Equatable, Sendable {
    /// Always 0.
    case none
    /// A number of the given things, such as hashes, up to the given limit.
    case number(of: String, atMost: UInt64)
    /// The address of an arena.
    case address
  }

  /// The way to read a whole map.
  package enum Sweep: Sendable {
    /// Batch look-ups. With an order, the kernel continues from the last key and may start over.
    case batches(KeyOrder?, withoutBatches: SweepPath)
    /// Look-ups of single elements.
    case elements(SweepPath)
    /// There is no way, for the given reason.
    case refused(String)
  }

  /// The way to look up and delete all elements.
  package enum Draining: Sendable {
    case batches
    /// One by one, in the order of a queue or stack.
    case pops
    /// The kernel cannot do this.
    case none
  }

  /// A refusal of the kernel that has the same cause whatever the arguments.
  package struct Refusal: Sendable {
    /// The operations; nil for all.
    package let operations: [BPFError.Operation]?
    package let errnos: [Errno]
    package let code: BPFError.Code
    package let text: String
  }

  /// A typed map of this library, by its generic parameters.
  package enum SwiftMap: Sendable {
    case keyAndValue(String)
    case key(String)
    case value(String)
    /// The key is an address prefix.
    case prefixAndValue(String)
    case notGeneric(String)
    /// There is no typed map: use `MapHandle`.
    case none
  }
}

// MARK: - Flags of many rows

extension MapTypeFacts {
  static let access: MapCreateFlags = [.readOnly, .writeOnly]
  static let programs: MapCreateFlags = [.readOnlyProgram, .writeOnlyProgram]
}

// MARK: - Combinations of columns

extension MapTypeFacts {
  /// Whether the facts are those of a known type.
  package var isKnown: Bool { type.rawValue != 0 }

  /// Whether keys are descriptors of the objects that own the elements (local storage).
  package var isStorage: Bool { keyObject != nil }

  /// The kind of object that keys are descriptors of, or nil.
  package var keyObject: ObjectKind? {
    if case .descriptor(let kind) = keys { kind } else { nil }
  }

  /// The kind of object that values are descriptors of, or nil.
  package var valueObject: ObjectKind? {
    switch values {
    case .object(let kind): kind
    case .socket: .socket
    default: nil
    }
  }

  /// Whether values are maps.
  package var holdsMaps: Bool { values == .object(.map) }

  /// Whether the map is a ring buffer.
  package var isRing: Bool { capacity == .bytes }

  /// Whether the map evicts the least recently used elements. Only such maps accept this flag.
  package var isLRU: Bool { flags?.contains(.noCommonLRU) == true }

  /// Returns the refusal that explains an errno of an operation, or nil.
  func refusal(of operation: BPFError.Operation, _ errno: Errno) -> Refusal? {
    refusals.first { $0.operations?.contains(operation) != false && $0.errnos.contains(errno) }
  }
}

extension MapType {
  /// The facts about this type, or about unknown types.
  package var facts: MapTypeFacts { MapTypeFacts.byNumber[isInTable ? Int(rawValue) : 0] }

  private var isInTable: Bool { rawValue < MapTypeFacts.byNumber.count }
}

extension MapTypeFacts {
  /// The rows by type number, with `unknown` for numbers without a type.
  fileprivate static let byNumber: [MapTypeFacts] = {
    let count = table.reduce(0) { max($0, Int($1.type.rawValue)) } + 1
    var rows = [MapTypeFacts](repeating: unknown, count: count)
    for row in table { rows[Int(row.type.rawValue)] = row }
    return rows
  }()

  /// All rows, in no particular order.
  package static let table = hashes + arrays + memory + objectMaps + storages
}
