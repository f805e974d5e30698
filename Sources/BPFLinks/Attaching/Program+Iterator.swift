//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFObjects
public import BPFSyscall
public import SystemPackage

/// The objects that an iterator visits.
@nonexhaustive
public enum IteratorScope: Sendable {
  /// All objects. Iterators over map elements need `map(_:)`.
  case everything
  /// The elements, or sockets, of a map. Linux 5.9.
  case map(MapHandle)
  /// One thread, by its thread ID. Linux 6.1.
  case thread(Int32)
  /// The threads of one process, by its process ID. Linux 6.1.
  case process(Int32)
  /// A control group, by a descriptor of its directory, and its relatives in an order. Linux 6.1.
  case cgroup(FileDescriptor, CgroupOrder)
  /// A control group, by the path of its directory, and its relatives in an order. Linux 6.1.
  case cgroupPath(FilePath, CgroupOrder)

  /// The control groups that an iterator visits, relative to a given one. `enum bpf_cgroup_iter_order`.
  @nonexhaustive
  public enum CgroupOrder: UInt32, Sendable {
    /// The given group alone.
    case selfOnly = 1
    /// The group and its descendants, parents before children.
    case descendantsBeforeChildren = 2
    /// The group and its descendants, children before parents.
    case descendantsAfterChildren = 3
    /// The group and its ancestors, up to the root.
    case ancestors = 4
  }
}

extension Program {
  /// Creates an iterator from the program. Each read of its output runs the program for every object in its scope.
  ///
  /// System calls: `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 5.8. Capabilities: `CAP_BPF` and
  /// `CAP_PERFMON`.
  ///
  /// - Parameter scope: the objects to visit.
  /// - Returns: the link; see ``Link/read()`` for the program's output. Its pin is a readable file.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a program of another type than `tracing`;
  ///   `BPFError.Code.invalidArgument` if the scope does not fit the iterator.
  public func attachIterator(over scope: IteratorScope = .everything) throws(BPFError) -> Link {
    var hook = AttachTarget(
      definition?.attachTarget.map { "iterator over '\($0)'" } ?? "an iterator", .tracing, since: "Linux 5.8",
      causes: [
        .invalidArgument: (.invalidArgument, "it is not an iterator, or its scope does not fit"),
        .badFileDescriptor: (.invalidArgument, "it visits the elements of a map: give a map as its scope"),
        .permissionDenied: (
          .invalidArgument, "the map does not fit: its keys or values are smaller than the program's reads"
        ),
      ])
    switch scope {
    case .everything, .map: break
    case .thread, .process, .cgroup, .cgroupPath: hook.since = "Linux 6.1"
    }
    switch scope {
    case .everything: return try iterator(hook, over: .everything)
    case .map(let map):
      return try map.withFileDescriptor { (map) throws(BPFError) in try iterator(hook, over: .map(map)) }
    case .thread(let id): return try iterator(hook, over: .thread(id: UInt32(bitPattern: id)))
    case .process(let id): return try iterator(hook, over: .process(id: UInt32(bitPattern: id)))
    case .cgroup(let descriptor, let order):
      hook.causes[.badFileDescriptor] = (
        .invalidArgument, "descriptor \(descriptor.rawValue) is not a control group"
      )
      return try iterator(hook, over: .cgroup(descriptor, order: order.rawValue))
    case .cgroupPath(let path, let order):
      hook.causes[.badFileDescriptor] = (.invalidArgument, "'\(path)' is not a control group")
      let cgroup = try OpenedTarget(path, .attach, subject)
      return try iterator(hook, over: .cgroup(cgroup.descriptor.borrowed, order: order.rawValue))
    }
  }

  private func iterator(
    _ hook: AttachTarget, over target: BPFCommand.IteratorTarget
  ) throws(BPFError) -> Link {
    try hook.link(self) { (program) throws(Errno) in
      try BPFCommand.linkCreate(
        BPFCommand.LinkCreation(program, attachType: AttachType.traceIter.rawValue), iterating: target)
    }
  }
}

// MARK: - Reading

/// A cursor into the output of one iterator pass.
public final class IteratorReader: Sendable {
  private let descriptor: OwnedDescriptor
  private let subject: BPFError.Subject

  fileprivate init(_ descriptor: consuming OwnedDescriptor, _ subject: BPFError.Subject) {
    self.descriptor = descriptor
    self.subject = subject
  }

  /// Reads the next part of the program's output.
  ///
  /// System calls: one, read(2), and more if signals interrupt it.
  ///
  /// - Parameter byteCount: the most bytes to read.
  /// - Returns: at most `byteCount` bytes; an empty array at the end.
  /// - Throws: `BPFError`; `BPFError.Code.bufferTooSmall` if the output for one object exceeds the kernel's buffer.
  public func read(upTo byteCount: Int = 65536) throws(BPFError) -> [UInt8] {
    guard byteCount > 0 else { return [] }
    var (count, failure): (Int, Errno?) = (0, nil)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, initialized in
      while true {
        do {
          count = unsafe try descriptor.borrowed.read(into: UnsafeMutableRawBufferPointer(bytes))
        } catch {
          // EAGAIN: the kernel interrupts a pass over many objects to let other tasks run.
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
          "the program's output for one target exceeds the kernel's buffer")
        : BPFError(.iterate, .system, errno: failure, subject)
    }
    return bytes
  }

  /// Reads the rest of the output.
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
  /// Begins an iterator pass.
  ///
  /// System calls: one, `BPF_ITER_CREATE`. Linux 5.8.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.wrongObject` if the link is not an iterator's.
  public func makeIteratorReader() throws(BPFError) -> IteratorReader {
    guard type == .iterator else {
      throw BPFError(.iterate, .wrongObject, subject, "\(self) is not an iterator")
    }
    return try withFileDescriptor(.iterate) { (link) throws(BPFError) in
      do throws(Errno) {
        return IteratorReader(try BPFCommand.iteratorCreate(link), subject)
      } catch {
        throw BPFError(.iterate, .system, errno: error, subject)
      }
    }
  }

  /// Runs an iterator once over its objects.
  ///
  /// System calls: `BPF_ITER_CREATE`, one read(2) for each 64 KiB and one more, close(2). Linux 5.8.
  ///
  /// - Returns: the program's output.
  /// - Throws: `BPFError`; `BPFError.Code.wrongObject` if the link is not an iterator's.
  public func read() throws(BPFError) -> [UInt8] {
    try makeIteratorReader().readToEnd()
  }

  /// Runs an iterator once over its objects, and returns the records of one type that its program writes
  /// (`bpf_seq_write`).
  ///
  /// - Parameter type: a type for which every bit pattern is a valid value.
  /// - Returns: the records, in order.
  /// - Throws: `BPFError`; `BPFError.Code.wrongSize` if the output is not a whole number of records.
  public func read<Record: BitwiseCopyable>(as type: Record.Type) throws(BPFError) -> [Record] {
    let bytes = try read()
    let size = MemoryLayout<Record>.stride
    guard bytes.count.isMultiple(of: size) else {
      throw BPFError(
        .iterate, .wrongSize, subject,
        "the iterator wrote \(bytes.count) bytes, which is not a whole number of records of \(size) bytes")
    }
    // All bytes are in bounds, and the caller vouches that every bit pattern is a valid value.
    return stride(from: 0, to: bytes.count, by: size).map {
      unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: $0, as: Record.self)
    }
  }
}
