//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BPFError {
  /// An operation that can fail, such as the update of a map.
  public struct Operation: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The identifier, such as `lookupAndDelete`, which appears in machine-readable output.
    ///
    /// Operations with the same identifier are equal.
    public let rawValue: String

    /// A noun phrase for messages, such as `look-up and deletion`.
    public let description: String

    /// Creates an operation with an identifier and a noun phrase for messages.
    @inlinable
    public init(_ identifier: String, phrase: String) { (rawValue, description) = (identifier, phrase) }

    /// Creates an operation whose identifier is also its phrase.
    @inlinable
    public init(rawValue: String) { self.init(rawValue, phrase: rawValue) }

    /// Returns whether two operations have the same identifier.
    @inlinable
    public static func == (one: Operation, other: Operation) -> Bool { one.rawValue == other.rawValue }

    /// Hashes the identifier.
    @inlinable
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
  }
}

// MARK: - Operations of several modules

// Each other module declares the operations that only it performs, in its file Operations.swift.

extension BPFError.Operation {
  /// Opening an object by id, name, path or descriptor.
  @inlinable public static var open: BPFError.Operation { BPFError.Operation(rawValue: "open") }
  /// Listing the maps, programs or links of the system.
  @inlinable public static var list: BPFError.Operation { BPFError.Operation("list", phrase: "listing") }
  /// Duplicating an object's descriptor.
  @inlinable public static var duplicate: BPFError.Operation {
    BPFError.Operation("duplicate", phrase: "duplication")
  }
  /// Reading an object's information.
  @inlinable public static var info: BPFError.Operation { BPFError.Operation(rawValue: "info") }
  /// Writing one element, or replacing a link's program.
  @inlinable public static var update: BPFError.Operation { BPFError.Operation(rawValue: "update") }
  /// Mapping a map into memory.
  @inlinable public static var map: BPFError.Operation { BPFError.Operation("map", phrase: "mapping") }
  /// Pinning an object.
  @inlinable public static var pin: BPFError.Operation { BPFError.Operation("pin", phrase: "pinning") }
  /// Removing a pin.
  @inlinable public static var unpin: BPFError.Operation { BPFError.Operation("unpin", phrase: "unpinning") }
  /// Mounting a BPF file system.
  @inlinable public static var mount: BPFError.Operation { BPFError.Operation("mount", phrase: "mounting") }
  /// Reading a compiled BPF object file (ELF).
  @inlinable public static var readObject: BPFError.Operation {
    BPFError.Operation("readObject", phrase: "reading of a BPF object")
  }
  /// Loading a program or BTF into the kernel.
  @inlinable public static var load: BPFError.Operation { BPFError.Operation("load", phrase: "loading") }
  /// Creating a BPF token.
  @inlinable public static var createToken: BPFError.Operation {
    BPFError.Operation("createToken", phrase: "token creation")
  }
  /// Attaching a program.
  @inlinable public static var attach: BPFError.Operation {
    BPFError.Operation("attach", phrase: "attachment")
  }
  /// Probing the kernel for a feature.
  @inlinable public static var probe: BPFError.Operation { BPFError.Operation(rawValue: "probe") }
  /// Reading the list of possible CPUs.
  @inlinable public static var readCPUs: BPFError.Operation {
    BPFError.Operation("readCPUs", phrase: "reading of the possible CPUs")
  }
  /// Reading the list of online CPUs.
  @inlinable public static var readOnlineCPUs: BPFError.Operation {
    BPFError.Operation("readOnlineCPUs", phrase: "reading of the online CPUs")
  }
}
