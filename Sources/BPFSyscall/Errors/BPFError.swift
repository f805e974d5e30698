//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import SystemPackage

/// The error of a BPF operation: its cause, the object it concerns, and a remedy where there is one.
///
/// `description` is one readable sentence:
///
///     update of map 'hits' (id 12): argument list too long (E2BIG): the map is full (max_entries 1024)
///
/// Programs switch on ``code``, which separates causes that share an errno in the kernel. ``errno`` is the kernel's own
/// answer.
public struct BPFError: Error, Hashable, Sendable {
  /// The stored properties.
  private struct Details: Hashable, Sendable {
    var operation: Operation
    var code: Code
    var errno: Errno?
    var mapName: String?
    var mapID: MapID?
    var programName: String?
    var programID: ProgramID?
    var linkID: LinkID?
    var path: FilePath?
    var processed: Int?
    var explanation: String
    var log: String?
  }

  private final class Box: Sendable {
    let details: Details
    init(_ details: Details) { self.details = details }
  }

  /// The details, in memory of their own, so that an error is one word: a function that can throw it returns it in a
  /// register, and reserves no space for it. Only creating or changing an error allocates.
  private var box: Box

  private var details: Details {
    get { box.details }
    set { box = Box(newValue) }
  }

  /// Creates an error.
  public init(
    _ operation: Operation, _ code: Code, errno: Errno? = nil, mapName: String? = nil, mapID: MapID? = nil,
    path: FilePath? = nil, processed: Int? = nil, _ explanation: String = ""
  ) {
    box = Box(
      Details(
        operation: operation, code: code, errno: errno, mapName: mapName, mapID: mapID, path: path,
        processed: processed, explanation: explanation))
  }

  /// Returns whether two errors are equal in all properties.
  public static func == (one: BPFError, other: BPFError) -> Bool { one.details == other.details }

  /// Hashes all properties.
  public func hash(into hasher: inout Hasher) { details.hash(into: &hasher) }
}

// MARK: - Properties

extension BPFError {
  /// The operation that failed.
  public var operation: Operation {
    get { details.operation }
    set { details.operation = newValue }
  }

  /// The kind of failure.
  public var code: Code {
    get { details.code }
    set { details.code = newValue }
  }

  /// The kernel's errno; nil if the failure was found without a system call.
  public var errno: Errno? {
    get { details.errno }
    set { details.errno = newValue }
  }

  /// The map's name; nil if the error concerns no map, or an unnamed one.
  public var mapName: String? {
    get { details.mapName }
    set { details.mapName = newValue }
  }

  /// The map's id, if known.
  public var mapID: MapID? {
    get { details.mapID }
    set { details.mapID = newValue }
  }

  /// The program's name; nil if the error concerns no program.
  public var programName: String? {
    get { details.programName }
    set { details.programName = newValue }
  }

  /// The program's id, if known.
  public var programID: ProgramID? {
    get { details.programID }
    set { details.programID = newValue }
  }

  /// The link's id; nil if the error concerns no link.
  public var linkID: LinkID? {
    get { details.linkID }
    set { details.linkID = newValue }
  }

  /// The file involved: a pin, or a file that was read.
  public var path: FilePath? {
    get { details.path }
    set { details.path = newValue }
  }

  /// The number of elements that a batch processed before the failure. They stay processed.
  public var processed: Int? {
    get { details.processed }
    set { details.processed = newValue }
  }

  /// The cause and the remedy, as the end of a sentence; empty if nothing is known beyond the errno.
  public var explanation: String {
    get { details.explanation }
    set { details.explanation = newValue }
  }

  /// The full verifier log; nil if none was requested.
  public var log: String? {
    get { details.log }
    set { details.log = newValue }
  }
}

// MARK: - Object

extension BPFError {
  /// The object that an error is about.
  package enum Subject: Sendable {
    case unknown
    case map(name: String?, id: MapID?)
    case program(name: String?, id: ProgramID?)
    case link(id: LinkID?)
  }

  /// Creates an error about an object.
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

// MARK: - Code

extension BPFError {
  /// The kind of failure.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name in snake case, as in machine-readable output.
    public var rawValue: String

    /// Creates a code with the given name.
    @inlinable public init(rawValue: String) { self.rawValue = rawValue }

    /// The name.
    public var description: String { rawValue }

    /// There is no such key, map or path.
    @inlinable public static var notFound: Code { Code(rawValue: "not_found") }
    /// The key or path already exists.
    @inlinable public static var alreadyExists: Code { Code(rawValue: "already_exists") }
    /// More than one map matches.
    @inlinable public static var ambiguous: Code { Code(rawValue: "ambiguous") }
    /// The map is full, or the index lies beyond its end.
    @inlinable public static var mapFull: Code { Code(rawValue: "map_full") }
    /// The index lies beyond the end of the map.
    @inlinable public static var outOfBounds: Code { Code(rawValue: "out_of_bounds") }
    /// The map is frozen: user space can no longer write to it.
    @inlinable public static var frozen: Code { Code(rawValue: "frozen") }
    /// The handle was opened for reading only.
    @inlinable public static var readOnly: Code { Code(rawValue: "read_only") }
    /// The handle was opened for writing only.
    @inlinable public static var writeOnly: Code { Code(rawValue: "write_only") }
    /// A capability or permission is missing.
    @inlinable public static var permissionDenied: Code { Code(rawValue: "permission_denied") }
    /// The object is of another kind: a program instead of a map, or a file that is not a pin.
    @inlinable public static var wrongObject: Code { Code(rawValue: "wrong_object") }
    /// The map's type does not support this call; another one replaces it, such as `lookupPerCPU` for `lookup`.
    @inlinable public static var wrongCall: Code { Code(rawValue: "wrong_call") }
    /// The size of a key, value or buffer differs from the map's.
    @inlinable public static var wrongSize: Code { Code(rawValue: "wrong_size") }
    /// The Swift types of a typed map do not match the map's type and sizes, or cannot describe any map.
    @inlinable public static var typeMismatch: Code { Code(rawValue: "type_mismatch") }
    /// The buffer is too small for data that the kernel returns in one piece.
    @inlinable public static var bufferTooSmall: Code { Code(rawValue: "buffer_too_small") }
    /// The kernel would reject the name.
    @inlinable public static var invalidName: Code { Code(rawValue: "invalid_name") }
    /// The kernel rejected the arguments.
    @inlinable public static var invalidArgument: Code { Code(rawValue: "invalid_argument") }
    /// The kernel does not support the operation for maps of this type, or the type, flag or feature.
    @inlinable public static var unsupported: Code { Code(rawValue: "unsupported") }
    /// The path is not on a BPF file system.
    @inlinable public static var notBPFFileSystem: Code { Code(rawValue: "not_bpf_file_system") }
    /// The map or element is in use.
    @inlinable public static var busy: Code { Code(rawValue: "busy") }
    /// The map changed faster than it could be read.
    @inlinable public static var changing: Code { Code(rawValue: "changing") }
    /// Memory, descriptors or another limit is exhausted.
    @inlinable public static var outOfResources: Code { Code(rawValue: "out_of_resources") }
    /// Another program is attached than the caller expected, or was attached in the meantime.
    @inlinable public static var changed: Code { Code(rawValue: "changed") }
    /// The link's target no longer exists.
    @inlinable public static var detached: Code { Code(rawValue: "detached") }
    /// The verifier rejected a program.
    @inlinable public static var rejected: Code { Code(rawValue: "rejected") }
    /// The bytes are not in the expected format.
    @inlinable public static var malformed: Code { Code(rawValue: "malformed") }
    /// A part of the system that is needed is missing, such as /proc.
    @inlinable public static var unavailable: Code { Code(rawValue: "unavailable") }
    /// Any other error of the kernel.
    @inlinable public static var system: Code { Code(rawValue: "system") }
  }
}

// MARK: - Description

extension BPFError: CustomStringConvertible {
  /// A readable sentence: the operation, the object, the errno, the cause and the remedy.
  ///
  /// Loading and attaching fail for many causes with few errno values, such as `EACCES` for everything that the
  /// verifier rejects. For them, a known cause comes first and the errno after it.
  public var description: String {
    var text = operation.description
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

  /// The object that the operation was applied to.
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
