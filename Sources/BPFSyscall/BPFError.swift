//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import SystemPackage

/// What went wrong, on which map, and what to do about it.
///
/// `description` is a sentence for a person:
///
///     update of map 'hits' (id 12): argument list too long (E2BIG): the map is full (max_entries 1024)
///
/// A program looks at ``code``, which tells one cause from another even where the kernel has the same errno for
/// both, or at ``errno`` for the kernel's own word.
public struct BPFError: Error, Hashable, Sendable {
  /// What was tried.
  public var operation: Operation

  /// What kind of failure it was.
  public var code: Code

  /// What the kernel answered; nil when it was not asked.
  public var errno: Errno?

  /// The name of the map, where there is a map and it has one.
  public var mapName: String?

  /// The id of the map, where known.
  public var mapID: MapID?

  /// The file involved: a pin, or what was to be read.
  public var path: FilePath?

  /// For batches, how many elements were done before the failure; they stay done.
  public var processed: Int?

  /// Why it failed and what helps, as the end of a sentence; empty if no more is known than the errno tells.
  public var explanation: String

  /// An error with all that is known of it.
  public init(
    _ operation: Operation, _ code: Code, errno: Errno? = nil, mapName: String? = nil, mapID: MapID? = nil,
    path: FilePath? = nil, processed: Int? = nil, _ explanation: String = ""
  ) {
    self.operation = operation
    self.code = code
    self.errno = errno
    self.mapName = mapName
    self.mapID = mapID
    self.path = path
    self.processed = processed
    self.explanation = explanation
  }
}

// MARK: - Operation

extension BPFError {
  /// What was tried, named by a noun: `update`, `look-up`.
  public struct Operation: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name as it stands in an error's description.
    public var rawValue: String

    /// An operation with a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The name.
    public var description: String { rawValue }

    /// Creating a map.
    public static let create = Operation(rawValue: "creation")
    /// Opening a map by id, name, path or descriptor.
    public static let open = Operation(rawValue: "open")
    /// Listing the maps of the system.
    public static let list = Operation(rawValue: "listing")
    /// A second descriptor for the same map.
    public static let duplicate = Operation(rawValue: "duplication")
    /// Reading a map's information.
    public static let info = Operation(rawValue: "info")
    /// Looking up one element, or asking for its presence.
    public static let lookup = Operation(rawValue: "look-up")
    /// Writing one element.
    public static let update = Operation(rawValue: "update")
    /// Deleting one element.
    public static let delete = Operation(rawValue: "deletion")
    /// Taking one element out.
    public static let lookupAndDelete = Operation(rawValue: "look-up and deletion")
    /// Stepping to the next key.
    public static let nextKey = Operation(rawValue: "next key")
    /// Looking up a batch.
    public static let lookupBatch = Operation(rawValue: "batch look-up")
    /// Writing a batch.
    public static let updateBatch = Operation(rawValue: "batch update")
    /// Deleting a batch.
    public static let deleteBatch = Operation(rawValue: "batch deletion")
    /// Taking a batch out.
    public static let lookupAndDeleteBatch = Operation(rawValue: "batch look-up and deletion")
    /// Reading a whole map.
    public static let sweep = Operation(rawValue: "sweep")
    /// Counting the elements of a map.
    public static let count = Operation(rawValue: "count")
    /// Emptying a map.
    public static let deleteAll = Operation(rawValue: "deletion of all")
    /// Emptying a map and keeping what was in it.
    public static let drain = Operation(rawValue: "drain")
    /// Freezing.
    public static let freeze = Operation(rawValue: "freezing")
    /// Mapping into memory.
    public static let map = Operation(rawValue: "mapping")
    /// Pinning.
    public static let pin = Operation(rawValue: "pinning")
    /// Removing a pin.
    public static let unpin = Operation(rawValue: "unpinning")
    /// Reading type information.
    public static let readBTF = Operation(rawValue: "reading of BTF")
    /// Finding out what the kernel supports.
    public static let probe = Operation(rawValue: "probe")
    /// Reading which CPUs are possible.
    public static let readCPUs = Operation(rawValue: "reading of the possible CPUs")
  }
}

// MARK: - Code

extension BPFError {
  /// What kind of failure it was.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name, in snake case, as it stands in machine-readable output.
    public var rawValue: String

    /// A code with a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The name.
    public var description: String { rawValue }

    /// No such key, map or path.
    public static let notFound = Code(rawValue: "not_found")
    /// The key or path is already there.
    public static let alreadyExists = Code(rawValue: "already_exists")
    /// More than one map fits the description.
    public static let ambiguous = Code(rawValue: "ambiguous")
    /// The map holds as many elements as it can, or the index lies beyond its end.
    public static let mapFull = Code(rawValue: "map_full")
    /// The index lies beyond the end of the map.
    public static let outOfBounds = Code(rawValue: "out_of_bounds")
    /// The map is frozen: user space may no longer write it.
    public static let frozen = Code(rawValue: "frozen")
    /// The handle was opened for reading only.
    public static let readOnly = Code(rawValue: "read_only")
    /// The handle was opened for writing only.
    public static let writeOnly = Code(rawValue: "write_only")
    /// A privilege is missing.
    public static let permissionDenied = Code(rawValue: "permission_denied")
    /// A thing of another kind: a program where a map was expected, a file that is no pin.
    public static let wrongObject = Code(rawValue: "wrong_object")
    /// The call does not fit the map's type; another one does.
    public static let wrongCall = Code(rawValue: "wrong_call")
    /// A key, value or buffer of another size than the map's.
    public static let wrongSize = Code(rawValue: "wrong_size")
    /// The Swift types of a typed map do not fit the map's type and sizes, or no map at all.
    public static let typeMismatch = Code(rawValue: "type_mismatch")
    /// The buffer is smaller than what the kernel must hand over in one piece.
    public static let bufferTooSmall = Code(rawValue: "buffer_too_small")
    /// A name the kernel would not take.
    public static let invalidName = Code(rawValue: "invalid_name")
    /// The kernel refuses the arguments.
    public static let invalidArgument = Code(rawValue: "invalid_argument")
    /// The kernel has no such operation for maps of this type, or no such type.
    public static let unsupported = Code(rawValue: "unsupported")
    /// The path is not on a BPF file system.
    public static let notBPFFileSystem = Code(rawValue: "not_bpf_file_system")
    /// Something else holds the map or element.
    public static let busy = Code(rawValue: "busy")
    /// The map changed faster than it could be read.
    public static let changing = Code(rawValue: "changing")
    /// No memory, no descriptor, or another limit reached.
    public static let outOfResources = Code(rawValue: "out_of_resources")
    /// Bytes that are not what they were taken for.
    public static let malformed = Code(rawValue: "malformed")
    /// Something of the system that is needed is not there, such as /proc.
    public static let unavailable = Code(rawValue: "unavailable")
    /// Any other answer of the kernel.
    public static let system = Code(rawValue: "system")
  }
}

// MARK: - Description

extension BPFError: CustomStringConvertible {
  /// A sentence for a person: what was tried, on what, what the kernel said, and what to do.
  public var description: String {
    var text = operation.rawValue
    if let subject { text += " of \(subject)" }
    if let errno { text += ": \(errno.explained)" }
    if let processed, processed > 0 {
      text += ": after \(processed) \(processed == 1 ? "element" : "elements")"
    }
    if !explanation.isEmpty { text += ": \(explanation)" }
    return text
  }

  /// What it was tried on.
  private var subject: String? {
    let name = mapName.flatMap { $0.isEmpty ? nil : "'\($0)'" }
    let map: String? =
      switch (name, mapID) {
      case (let name?, let id?): "map \(name) (id \(id))"
      case (let name?, nil): "map \(name)"
      case (nil, let id?): "map id \(id)"
      case (nil, nil): mapName == nil ? nil : "a map"
      }
    guard let path else { return map }
    return if let map { "\(map) at '\(path)'" } else { "'\(path)'" }
  }
}
