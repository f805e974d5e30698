//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFObjects
public import BPFSyscall
public import SystemPackage

/// What of its targets an iterator goes over.
public enum IteratorScope: Sendable {
  /// All there are; of iterators that do not go over the elements of a map.
  case everything
  /// The elements, or sockets, of a map. Linux 5.9.
  case map(MapHandle)
  /// One thread, by its number. Linux 6.1.
  case thread(Int32)
  /// The threads of one process, by its number. Linux 6.1.
  case process(Int32)
  /// A control group, by a descriptor of its directory, and which of those around it. Linux 6.1.
  case cgroup(FileDescriptor, CgroupOrder)

  /// Which control groups are gone over, beginning with one. `enum bpf_cgroup_iter_order`.
  public enum CgroupOrder: UInt32, Sendable {
    /// That one alone.
    case selfOnly = 1
    /// Those under it, each before those under itself.
    case descendantsBeforeChildren = 2
    /// Those under it, each after those under itself.
    case descendantsAfterChildren = 3
    /// Those that it is under, up to the root.
    case ancestors = 4
  }
}

extension Program {
  /// Makes an iterator of the program, which then runs for each of its targets whenever its output is read.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.8. Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameter scope: what it goes over.
  /// - Returns: the link; see ``Link/read()`` for what the program writes. Pinned, it is a file to read.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a program of another type than `tracing`,
  ///   `BPFError.Code.invalidArgument` if the scope is none for the iterator.
  public func attachIterator(over scope: IteratorScope = .everything) throws(BPFError) -> Link {
    var place = AttachTarget(
      definition?.attachTarget.map { "iterator over '\($0)'" } ?? "an iterator", .tracing, since: "Linux 5.8",
      causes: [
        .invalidArgument: (.invalidArgument, "it is no iterator, or its scope is none for it"),
        .badFileDescriptor: (.invalidArgument, "it goes over the elements of a map: give one as its scope"),
        .permissionDenied: (
          .invalidArgument, "the map does not fit: its keys or values are smaller than what the program reads"
        ),
      ])
    switch scope {
    case .everything, .map: break
    case .thread, .process, .cgroup: place.since = "Linux 6.1"
    }
    if case .cgroup(let descriptor, _) = scope {
      place.causes[.badFileDescriptor] = (
        .invalidArgument, "descriptor \(descriptor.rawValue) is not a control group"
      )
    }
    return try place.link(self) { (program) throws(Errno) in
      let creation = BPFCommand.LinkCreation(program, attachType: AttachType.traceIter.rawValue)
      switch scope {
      case .everything: return try BPFCommand.linkCreate(creation)
      case .map(let map):
        return try map.withFileDescriptor { (map) throws(Errno) in
          try BPFCommand.linkCreate(creation, iterating: .map(map))
        }
      case .thread(let id):
        return try BPFCommand.linkCreate(creation, iterating: .thread(id: UInt32(bitPattern: id)))
      case .process(let id):
        return try BPFCommand.linkCreate(creation, iterating: .process(id: UInt32(bitPattern: id)))
      case .cgroup(let descriptor, let order):
        return try BPFCommand.linkCreate(creation, iterating: .cgroup(descriptor, order: order.rawValue))
      }
    }
  }
}

// MARK: - Reading

/// One pass of an iterator, read piece by piece.
public final class IteratorReader: Sendable {
  private let descriptor: OwnedDescriptor
  private let subject: BPFError.Subject

  fileprivate init(_ descriptor: consuming OwnedDescriptor, _ subject: BPFError.Subject) {
    self.descriptor = descriptor
    self.subject = subject
  }

  /// Reads what the program writes next.
  ///
  /// System calls: one, read(2), and more if signals interrupt it.
  ///
  /// - Parameter byteCount: bytes of room.
  /// - Returns: at most as many bytes; none at the end.
  /// - Throws: `BPFError`; `BPFError.Code.bufferTooSmall` if what the program writes for one target exceeds the kernel's
  ///   room for it.
  public func read(upTo byteCount: Int = 65536) throws(BPFError) -> [UInt8] {
    guard byteCount > 0 else { return [] }
    var (count, failure): (Int, Errno?) = (0, nil)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, initialized in
      while true {
        do {
          count = unsafe try descriptor.borrowed.read(into: UnsafeMutableRawBufferPointer(bytes))
        } catch {
          // The program's targets are many, and the kernel lets others run in between.
          if error as? Errno == .resourceTemporarilyUnavailable { continue }
          failure = error as? Errno ?? .ioError
        }
        break
      }
      initialized = count
    }
    if let failure {
      throw failure == .argListTooLong
        ? BPFError(
          .iterate, .bufferTooSmall, errno: failure, subject,
          "the program writes more for one target than the kernel has room for")
        : BPFError(.iterate, .system, errno: failure, subject)
    }
    return bytes
  }

  /// Reads all that is left.
  public func readToEnd() throws(BPFError) -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let piece = try read()
      if piece.isEmpty { return all }
      all += piece
    }
  }
}

extension Link {
  /// Begins a pass of an iterator.
  ///
  /// System calls: one, `BPF_ITER_CREATE`. Linux 5.8.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.wrongObject` if the link is not an iterator's.
  public func makeIteratorReader() throws(BPFError) -> IteratorReader {
    guard type == .iterator else {
      throw BPFError(.iterate, .wrongObject, subject, "\(self) is no iterator")
    }
    return try withFileDescriptor(.iterate) { (link) throws(BPFError) in
      do throws(Errno) {
        return IteratorReader(try BPFCommand.iteratorCreate(link), subject)
      } catch {
        throw BPFError(.iterate, .system, errno: error, subject)
      }
    }
  }

  /// Runs an iterator once over its targets.
  ///
  /// System calls: `BPF_ITER_CREATE`, one read(2) for each 64 KiB and one more, close(2). Linux 5.8.
  ///
  /// - Returns: all that its program wrote.
  /// - Throws: `BPFError`; `BPFError.Code.wrongObject` if the link is not an iterator's.
  public func read() throws(BPFError) -> [UInt8] {
    try makeIteratorReader().readToEnd()
  }

  /// Runs an iterator once over its targets, whose program writes records of one type (`bpf_seq_write`).
  ///
  /// - Parameter type: a type every pattern of bytes of which is a value.
  /// - Returns: the records, in order.
  /// - Throws: `BPFError`; `BPFError.Code.wrongSize` if what was written is not a whole number of them.
  public func read<Record: BitwiseCopyable>(as type: Record.Type) throws(BPFError) -> [Record] {
    let bytes = try read()
    let size = MemoryLayout<Record>.stride
    guard bytes.count.isMultiple(of: size) else {
      throw BPFError(
        .iterate, .wrongSize, subject,
        "the iterator wrote \(bytes.count) bytes, which are no whole number of records of \(size)")
    }
    // All bytes are in bounds, and whoever names the type says that all patterns are values of it.
    return stride(from: 0, to: bytes.count, by: size).map {
      unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: $0, as: Record.self)
    }
  }
}
