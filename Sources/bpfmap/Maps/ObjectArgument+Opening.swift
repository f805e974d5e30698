//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CLibrary
import CProcess

extension ObjectArgument {
  /// Opens an object that is a map's value, and passes its descriptor to a closure.
  func withDescriptor<R>(asValueOf map: MapHandle, _ body: (FileDescriptor) throws -> R) throws -> R {
    guard let kind = map.type.facts.valueObject else {
      throw Failure.usage("\(map) does not hold objects: write its value as data, like u32:42")
    }
    return try withDescriptor(kind, "value", of: map, body)
  }

  /// Opens an object that is a map's key, and passes its descriptor to a closure.
  func withDescriptor<R>(asKeyOf map: MapHandle, _ body: (FileDescriptor) throws -> R) throws -> R {
    guard let kind = map.type.facts.keyObject else {
      throw Failure.usage("the keys of \(map) are not objects: write one as data, like u32:42")
    }
    return try withDescriptor(kind, "key", of: map, body)
  }

  private func withDescriptor<R>(
    _ kind: ObjectKind, _ field: String, of map: MapHandle, _ body: (FileDescriptor) throws -> R
  ) throws -> R {
    switch (self, kind) {
    case (.pinnable(let selector), .map): return try selector.open().withFileDescriptor(body)
    case (.pinnable(let selector), .program): return try selector.openProgram().withFileDescriptor(body)
    case (.path(let path), .cgroup): return try Self.lending(Self.open(path, O_RDONLY | O_DIRECTORY), body)
    case (.path(let path), .file): return try Self.lending(Self.open(path, Self.pathOnly), body)
    case (.process(let process), .process):
      return try Self.lending(Self.descriptor(process_open(process), "process \(process)"), body)
    case (.descriptor(let number, nil), _): return try body(FileDescriptor(rawValue: number))
    case (.descriptor(let number, let process?), _):
      let copy = process_copy_descriptor(process, number)
      return try Self.lending(Self.descriptor(copy, "descriptor \(number) of process \(process)"), body)
    default:
      throw Failure.usage("'\(self)' is not a \(field) of \(map): write \(kind.syntax(field))")
    }
  }

  private static func lending<R>(
    _ descriptor: FileDescriptor, _ body: (FileDescriptor) throws -> R
  ) throws -> R {
    defer { try? descriptor.close() }
    return try body(descriptor)
  }

  /// O_PATH, which C libraries declare only as an extension. It needs no permission to read the file.
  private static let pathOnly: Int32 = 0o10000000

  private static func open(_ path: String, _ flags: Int32) throws(Failure) -> FileDescriptor {
    let number = unsafe CLibrary.open(path, flags | O_CLOEXEC)
    return try descriptor(number < 0 ? -Int(errno) : Int(number), "'\(path)'")
  }

  /// Returns a descriptor, or throws an error.
  ///
  /// - Parameters:
  ///   - answer: A descriptor or a negated errno.
  ///   - what: A description of the object, for the error message.
  private static func descriptor(_ answer: Int, _ what: String) throws(Failure) -> FileDescriptor {
    guard answer >= 0 else {
      let errno = Errno(rawValue: Int32(-answer))
      throw .failed("opening of \(what): \(errno.explained)", errno)
    }
    return FileDescriptor(rawValue: Int32(answer))
  }
}

extension MapSelector {
  /// Opens the selected program.
  func openProgram() throws -> Program {
    switch self {
    case .id(let id): return try Program(id: ProgramID(rawValue: id))
    case .pinned(let path): return try Program(pinnedAt: FilePath(path))
    case .name(let name):
      let programs = try Program.all().filter { $0.name == name }
      guard let program = programs.first, programs.count == 1 else {
        let ids = programs.map { "id \($0.id)" }.joined(separator: ", ")
        throw Failure.failed(
          programs.isEmpty
            ? "no program is named '\(name)'" : "several programs are named '\(name)': select one of \(ids)")
      }
      return program
    }
  }
}

extension MapHandle {
  /// Returns the bytes of a descriptor's number, for a key or value of the given size.
  func descriptorBytes(_ descriptor: FileDescriptor, _ size: Int) -> [UInt8] {
    size == 8
      ? FieldType.hostOrder(UInt64(descriptor.rawValue)) : FieldType.hostOrder(descriptor.rawValue)
  }
}
