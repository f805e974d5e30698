//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFObjects
public import BPFSyscall
public import SystemPackage

/// A pin on a BPF file system, with what is pinned there.
///
/// ```swift
/// for pin in try PinnedObject.all() { print(pin) }
/// // '/sys/fs/bpf/hits': map 'hits' (id 12, hash)
/// ```
///
/// It holds no descriptor. Open the object by the path: `MapHandle(pinnedAt: pin.path)`.
public struct PinnedObject: Sendable {
  /// The path of the pin.
  public let path: FilePath

  /// The pinned object.
  public let content: Content

  /// A pinned object.
  @nonexhaustive
  public enum Content: Sendable {
    /// A map.
    case map(MapInfo)
    /// A program.
    case program(ProgramInfo)
    /// A link.
    case link(LinkInfo)
    /// A file or directory that this process cannot read, and why.
    case unreadable(BPFError)
  }
}

extension PinnedObject {
  /// Returns all pins in a directory and the directories in it, ordered by path.
  ///
  /// Skips symbolic links, and pins that disappear during the call. A pin or directory that this process may not open is
  /// ``Content/unreadable(_:)``.
  ///
  /// System calls: statfs(2); open(2), getdents(2) and close(2) for each directory; for each pin `BPF_OBJ_GET`,
  /// readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD` once or a few times, and close(2). Linux 4.13. No capability, only
  /// permission on the files.
  ///
  /// - Parameter directory: a directory of a BPF file system.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such directory; `BPFError.Code.notBPFFileSystem` for a
  ///   directory elsewhere; `BPFError.Code.permissionDenied`.
  public static func all(
    in directory: FilePath = BPFFileSystem.standardPath
  ) throws(BPFError) -> [PinnedObject] {
    try BPFFileSystem.check(directory, for: .list)
    do throws(Errno) {
      return try pins(in: directory)
    } catch {
      throw failure(error, .list, directory)
    }
  }

  private static func pins(in directory: FilePath) throws(Errno) -> [PinnedObject] {
    var pins: [PinnedObject] = []
    let entries = try FileSystem.readEntries(of: directory)
    for entry in entries.sorted(by: { $0.name < $1.name }) where !entry.isSymbolicLink {
      let path = directory.appending(entry.name)
      do throws(Errno) {
        pins += try entry.isDirectory ? self.pins(in: path) : [PinnedObject(at: path)]
      } catch {
        guard error != .noSuchFileOrDirectory else { continue }
        pins.append(PinnedObject(path: path, content: .unreadable(failure(error, .open, path))))
      }
    }
    return pins
  }

  private static func failure(
    _ errno: Errno, _ operation: BPFError.Operation, _ path: FilePath
  ) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .noSuchFileOrDirectory: (.notFound, "there is no such directory")
      case .notDirectory: (.notFound, "this is not a directory")
      case .permissionDenied, .notPermitted:
        (.permissionDenied, Privilege.refusalOfEveryCall ?? "the permissions deny this process access")
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem: (.outOfResources, "no descriptor is left")
      default: (errno.unansweredCode, "it cannot be read")
      }
    return BPFError(operation, code, errno: errno, path: path, text)
  }

  /// Reads what is pinned at a path.
  private init(at path: FilePath) throws(Errno) {
    let descriptor = try PinnedObject.open(path)
    self.path = path
    content =
      switch try DescriptorKind(of: descriptor.borrowed).description {
      case DescriptorKind.map.description:
        .map(MapInfo(try BPFCommand.mapInformation(descriptor.borrowed)))
      case DescriptorKind.program.description:
        .program(ProgramInfo(try BPFCommand.programInformation(descriptor.borrowed)))
      case DescriptorKind.link.description: .link(try LinkInfo(of: descriptor.borrowed))
      case let other:
        .unreadable(
          BPFError(.open, .wrongObject, path: path, "\(other) is pinned there, which has no description"))
      }
  }

  /// Opens a pin with the access that its permissions allow.
  private static func open(_ path: FilePath) throws(Errno) -> OwnedDescriptor {
    do throws(Errno) {
      return try BPFCommand.objectGet(path, flags: 0)
    } catch {
      guard error == .permissionDenied else { throw error }
    }
    do throws(Errno) {
      return try BPFCommand.objectGet(path, flags: MapAccess.readOnly.flags.rawValue)
    } catch {
      // Links take no access flags.
      guard error == .permissionDenied else { throw error == .invalidArgument ? .permissionDenied : error }
      return try BPFCommand.objectGet(path, flags: MapAccess.writeOnly.flags.rawValue)
    }
  }
}

extension PinnedObject: CustomStringConvertible {
  /// The path and the object, such as `'/sys/fs/bpf/hits': map 'hits' (id 12, hash)`.
  public var description: String { "'\(path)': \(content)" }
}

extension PinnedObject.Content: CustomStringConvertible {
  /// The object's kind, name, id and type, such as `map 'hits' (id 12, hash)`.
  public var description: String {
    func named(_ name: String) -> String { name.isEmpty ? "" : "'\(name)' " }
    return switch self {
    case .map(let map): "map \(named(map.name))(id \(map.id), \(map.type))"
    case .program(let program): "program \(named(program.name))(id \(program.id), \(program.type))"
    case .link(let link): "link (id \(link.id), \(link.type)) to \(link.target)"
    case .unreadable(let error): "unreadable: \(error.explanation)"
    }
  }
}
