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

  /// The name of the program, where there is a program.
  public var programName: String?

  /// The id of the program, where known.
  public var programID: ProgramID?

  /// The id of the link, where there is a link.
  public var linkID: LinkID?

  /// The file involved: a pin, or what was to be read.
  public var path: FilePath?

  /// For batches, how many elements were done before the failure; they stay done.
  public var processed: Int?

  /// Why it failed and what helps, as the end of a sentence; empty if no more is known than the errno tells.
  public var explanation: String

  /// What the kernel's verifier wrote, whole; nil where it was not asked.
  public var log: String?

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

// MARK: - Subject

extension BPFError {
  /// The object that an error is about.
  package enum Subject: Sendable {
    case unknown
    case map(name: String?, id: MapID?)
    case program(name: String?, id: ProgramID?)
    case link(id: LinkID?)
  }

  /// An error about an object.
  package init(
    _ operation: Operation, _ code: Code, errno: Errno? = nil, _ subject: Subject, path: FilePath? = nil,
    _ explanation: String = ""
  ) {
    self.init(operation, code, errno: errno, path: path, explanation)
    switch subject {
    case .unknown: break
    case .map(let name, let id): (mapName, mapID) = (name, id)
    case .program(let name, let id): (programName, programID) = (name, id)
    case .link(let id): linkID = id
    }
  }
}

// MARK: - Operation

extension BPFError {
  /// What was tried, named by a noun: `update`, `look-up`.
  public struct Operation: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name as it stands in an error's description.
    public var rawValue: String

    /// An operation with a name.
    @inlinable public init(rawValue: String) { self.rawValue = rawValue }

    /// The name.
    public var description: String { rawValue }

    /// Creating a map.
    @inlinable public static var create: Operation { Operation(rawValue: "creation") }
    /// Opening a map by id, name, path or descriptor.
    @inlinable public static var open: Operation { Operation(rawValue: "open") }
    /// Listing the maps of the system.
    @inlinable public static var list: Operation { Operation(rawValue: "listing") }
    /// A second descriptor for the same map.
    @inlinable public static var duplicate: Operation { Operation(rawValue: "duplication") }
    /// Reading a map's information.
    @inlinable public static var info: Operation { Operation(rawValue: "info") }
    /// Looking up one element, or asking for its presence.
    @inlinable public static var lookup: Operation { Operation(rawValue: "look-up") }
    /// Writing one element.
    @inlinable public static var update: Operation { Operation(rawValue: "update") }
    /// Deleting one element.
    @inlinable public static var delete: Operation { Operation(rawValue: "deletion") }
    /// Taking one element out.
    @inlinable public static var lookupAndDelete: Operation { Operation(rawValue: "look-up and deletion") }
    /// Stepping to the next key.
    @inlinable public static var nextKey: Operation { Operation(rawValue: "next key") }
    /// Looking up a batch.
    @inlinable public static var lookupBatch: Operation { Operation(rawValue: "batch look-up") }
    /// Writing a batch.
    @inlinable public static var updateBatch: Operation { Operation(rawValue: "batch update") }
    /// Deleting a batch.
    @inlinable public static var deleteBatch: Operation { Operation(rawValue: "batch deletion") }
    /// Taking a batch out.
    @inlinable public static var lookupAndDeleteBatch: Operation {
      Operation(rawValue: "batch look-up and deletion")
    }
    /// Reading a whole map.
    @inlinable public static var sweep: Operation { Operation(rawValue: "sweep") }
    /// Counting the elements of a map.
    @inlinable public static var count: Operation { Operation(rawValue: "count") }
    /// Emptying a map.
    @inlinable public static var deleteAll: Operation { Operation(rawValue: "deletion of all") }
    /// Emptying a map and keeping what was in it.
    @inlinable public static var drain: Operation { Operation(rawValue: "drain") }
    /// Freezing.
    @inlinable public static var freeze: Operation { Operation(rawValue: "freezing") }
    /// Mapping into memory.
    @inlinable public static var map: Operation { Operation(rawValue: "mapping") }
    /// Pinning.
    @inlinable public static var pin: Operation { Operation(rawValue: "pinning") }
    /// Mounting a BPF file system.
    @inlinable public static var mount: Operation { Operation(rawValue: "mounting") }
    /// Removing a pin.
    @inlinable public static var unpin: Operation { Operation(rawValue: "unpinning") }
    /// Reading type information.
    @inlinable public static var readBTF: Operation { Operation(rawValue: "reading of BTF") }
    /// Reading a value that a person or program wrote down.
    @inlinable public static var readValue: Operation { Operation(rawValue: "reading of a value") }
    /// Putting together type information.
    @inlinable public static var writeBTF: Operation { Operation(rawValue: "writing of BTF") }
    /// Reading a compiled BPF object, an ELF file.
    @inlinable public static var readObject: Operation { Operation(rawValue: "reading of a BPF object") }
    /// Reading the options that the kernel was built with.
    @inlinable public static var readConfiguration: Operation {
      Operation(rawValue: "reading of the kernel's configuration")
    }
    /// Reading the list of the kernel's symbols.
    @inlinable public static var readSymbols: Operation {
      Operation(rawValue: "reading of the kernel's symbols")
    }
    /// Fitting a program to the running kernel.
    @inlinable public static var relocate: Operation { Operation(rawValue: "relocation") }
    /// Loading a program, or types, into the kernel.
    @inlinable public static var load: Operation { Operation(rawValue: "loading") }
    /// Attaching a program.
    @inlinable public static var attach: Operation { Operation(rawValue: "attachment") }
    /// Detaching a program.
    @inlinable public static var detach: Operation { Operation(rawValue: "detachment") }
    /// Reading what an iterator writes.
    @inlinable public static var iterate: Operation { Operation(rawValue: "iteration") }
    /// Finding a function or place in an executable file.
    @inlinable public static var findSymbol: Operation { Operation(rawValue: "search for a symbol") }
    /// Running a program for a test.
    @inlinable public static var run: Operation { Operation(rawValue: "test run") }
    /// Having the kernel count how often and how long programs run.
    @inlinable public static var enableStatistics: Operation {
      Operation(rawValue: "counting of run times")
    }
    /// Finding out what the kernel supports.
    @inlinable public static var probe: Operation { Operation(rawValue: "probe") }
    /// Reading which CPUs are possible.
    @inlinable public static var readCPUs: Operation { Operation(rawValue: "reading of the possible CPUs") }
    /// Reading which CPUs are online.
    @inlinable public static var readOnlineCPUs: Operation {
      Operation(rawValue: "reading of the online CPUs")
    }
  }
}

// MARK: - Code

extension BPFError {
  /// What kind of failure it was.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name, in snake case, as it stands in machine-readable output.
    public var rawValue: String

    /// A code with a name.
    @inlinable public init(rawValue: String) { self.rawValue = rawValue }

    /// The name.
    public var description: String { rawValue }

    /// No such key, map or path.
    @inlinable public static var notFound: Code { Code(rawValue: "not_found") }
    /// The key or path is already there.
    @inlinable public static var alreadyExists: Code { Code(rawValue: "already_exists") }
    /// More than one map fits the description.
    @inlinable public static var ambiguous: Code { Code(rawValue: "ambiguous") }
    /// The map holds as many elements as it can, or the index lies beyond its end.
    @inlinable public static var mapFull: Code { Code(rawValue: "map_full") }
    /// The index lies beyond the end of the map.
    @inlinable public static var outOfBounds: Code { Code(rawValue: "out_of_bounds") }
    /// The map is frozen: user space may no longer write it.
    @inlinable public static var frozen: Code { Code(rawValue: "frozen") }
    /// The handle was opened for reading only.
    @inlinable public static var readOnly: Code { Code(rawValue: "read_only") }
    /// The handle was opened for writing only.
    @inlinable public static var writeOnly: Code { Code(rawValue: "write_only") }
    /// A privilege is missing.
    @inlinable public static var permissionDenied: Code { Code(rawValue: "permission_denied") }
    /// A thing of another kind: a program where a map was expected, a file that is no pin.
    @inlinable public static var wrongObject: Code { Code(rawValue: "wrong_object") }
    /// The call does not fit the map's type; another one does.
    @inlinable public static var wrongCall: Code { Code(rawValue: "wrong_call") }
    /// A key, value or buffer of another size than the map's.
    @inlinable public static var wrongSize: Code { Code(rawValue: "wrong_size") }
    /// The Swift types of a typed map do not fit the map's type and sizes, or no map at all.
    @inlinable public static var typeMismatch: Code { Code(rawValue: "type_mismatch") }
    /// The buffer is smaller than what the kernel must hand over in one piece.
    @inlinable public static var bufferTooSmall: Code { Code(rawValue: "buffer_too_small") }
    /// A name the kernel would not take.
    @inlinable public static var invalidName: Code { Code(rawValue: "invalid_name") }
    /// The kernel refuses the arguments.
    @inlinable public static var invalidArgument: Code { Code(rawValue: "invalid_argument") }
    /// The kernel has no such operation for maps of this type, or no such type, flag or feature.
    @inlinable public static var unsupported: Code { Code(rawValue: "unsupported") }
    /// The path is not on a BPF file system.
    @inlinable public static var notBPFFileSystem: Code { Code(rawValue: "not_bpf_file_system") }
    /// Something else holds the map or element.
    @inlinable public static var busy: Code { Code(rawValue: "busy") }
    /// The map changed faster than it could be read.
    @inlinable public static var changing: Code { Code(rawValue: "changing") }
    /// No memory, no descriptor, or another limit reached.
    @inlinable public static var outOfResources: Code { Code(rawValue: "out_of_resources") }
    /// Another program is attached, or another one was meanwhile, than was expected.
    @inlinable public static var changed: Code { Code(rawValue: "changed") }
    /// What a link was to is gone.
    @inlinable public static var detached: Code { Code(rawValue: "detached") }
    /// The kernel's verifier refuses a program.
    @inlinable public static var rejected: Code { Code(rawValue: "rejected") }
    /// Bytes that are not what they were taken for.
    @inlinable public static var malformed: Code { Code(rawValue: "malformed") }
    /// Something of the system that is needed is not there, such as /proc.
    @inlinable public static var unavailable: Code { Code(rawValue: "unavailable") }
    /// Any other answer of the kernel.
    @inlinable public static var system: Code { Code(rawValue: "system") }
  }
}

// MARK: - Description

extension BPFError: CustomStringConvertible {
  /// A sentence for a person: what was tried, on what, what the kernel said, and what to do.
  ///
  /// The kernel refuses to load and to attach for many reasons with few numbers, such as `EACCES` for all that the verifier
  /// finds: there the reason comes first, where it is known, and the number after it.
  public var description: String {
    var text = operation.rawValue
    if let subject { text += " of \(subject)" }
    if let errno, !explanation.isEmpty, operation == .load || operation == .attach {
      let end = explanation.firstIndex(of: "\n") ?? explanation.endIndex
      return text + ": \(explanation[..<end]) (\(errno.symbol))\(explanation[end...])"
    }
    if let errno { text += ": \(errno.explained)" }
    if let processed, processed > 0 {
      text += ": after \(processed) \(processed == 1 ? "element" : "elements")"
    }
    if !explanation.isEmpty { text += ": \(explanation)" }
    return text
  }

  /// What it was tried on.
  private var subject: String? {
    let object =
      BPFError.named("program", programName, programID.map { "\($0)" })
      ?? BPFError.named("link", nil, linkID.map { "\($0)" })
      ?? BPFError.named("map", mapName, mapID.map { "\($0)" })
    guard let path else { return object }
    return if let object { "\(object) at '\(path)'" } else { "'\(path)'" }
  }

  private static func named(_ kind: String, _ name: String?, _ id: String?) -> String? {
    switch (name.flatMap { $0.isEmpty ? nil : "'\($0)'" }, id) {
    case (let name?, let id?): "\(kind) \(name) (id \(id))"
    case (let name?, nil): "\(kind) \(name)"
    case (nil, let id?): "\(kind) id \(id)"
    case (nil, nil): name == nil ? nil : "a \(kind)"
    }
  }
}
