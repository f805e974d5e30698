//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
public import BTF
internal import ELF
public import SystemPackage

/// A compiled BPF object, the output of `clang -target bpf -g -O2 -c`. The Swift toolchain's clang also needs
/// `-Xclang -fno-split-cold-code`.
///
/// An object file is a blueprint: reading it makes no BPF system calls, needs no privilege, and gives the same result
/// everywhere. Change it before loading: the sizes of maps, the values of variables, which programs are loaded.
///
/// ```swift
/// var file = try ObjectFile("counter.bpf.o")
/// file.maps["hits"]?.maxEntries = 4096
/// try file.setVariable("threshold", to: UInt32(5))
/// file.programs["debug"]?.isLoaded = false
/// ```
///
/// Files are untrusted: malformed content throws an error with its cause and location, and never traps.
public struct ObjectFile: Sendable {
  /// The object's name. Its first 7 or 8 bytes begin the kernel names of global data maps.
  public let name: String

  /// The license that the object declares; empty if none. The kernel restricts many helpers to GPL programs.
  public var license: String

  /// The kernel version that the object declares, which kernels before 5.0 compare for kprobes. If nil, the running
  /// kernel's version is used where needed.
  public var kernelVersion: UInt32?

  /// The object's types (BTF); nil if it was compiled without them.
  public let types: BTFTypes?

  /// The maps: declared maps in their order, then the sections of global variables, `.kconfig`, and struct_ops
  /// implementations.
  public var maps: NamedCollection<MapDefinition>

  /// The programs, ordered by section and offset.
  public var programs: NamedCollection<ProgramDefinition>

  /// The global variables, ordered by map and offset.
  public let variables: NamedCollection<VariableDefinition>

  /// The externs: symbols that the object uses and the kernel defines.
  public let externs: NamedCollection<ExternDefinition>

  /// Whether the object has the opposite byte order to this machine's. Such an object can be read, not loaded.
  public let isByteSwapped: Bool

  /// The sections that contain instructions.
  package let code: [CodeSection]

  /// The layouts of data sections, for completing the types.
  package let layouts: [DataSectionLayout]

  /// The offsets of addresses in maps of global data, by the name of the map.
  let addresses: [String: [Int]]

  /// The exception callbacks, by program name.
  package let exceptionCallbacks: [String: String]
}

// MARK: - Reading

extension ObjectFile {
  /// Reads an object from a file.
  ///
  /// The object's name is the file's, up to the first dot: `counter` for `build/counter.bpf.o`.
  ///
  /// System calls: open(2), lseek(2) twice, read(2) until the end, close(2). No capability.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound`, `BPFError.Code.permissionDenied`; `BPFError.Code.malformed` if
  ///   the file is damaged or not a BPF object; `BPFError.Code.unsupported` if it uses features that this library
  ///   does not load.
  public init(_ path: FilePath) throws(BPFError) {
    let bytes = try ObjectFile.bytes(of: path)
    let file = path.lastComponent?.string ?? ""
    do throws(BPFError) {
      try self.init(bytes: bytes, name: String(file.prefix { $0 != "." }))
    } catch {
      var error = error
      error.path = path
      throw error
    }
  }

  /// Reads the bytes of a file.
  static func bytes(of path: FilePath) throws(BPFError) -> [UInt8] {
    do throws(Errno) {
      return try KernelFile.bytes(of: path)
    } catch {
      let code: BPFError.Code =
        switch error {
        case .noSuchFileOrDirectory: .notFound
        case .permissionDenied, .notPermitted: .permissionDenied
        default: .system
        }
      throw BPFError(.readObject, code, errno: error, path: path)
    }
  }

  /// Reads an object from bytes, such as those embedded in a program.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: the name of the object.
  /// - Throws: `BPFError`; `BPFError.Code.malformed` if the bytes are damaged or not a BPF object;
  ///   `BPFError.Code.unsupported` if they use features that this library does not load.
  public init(bytes: [UInt8], name: String) throws(BPFError) {
    let reader = try ObjectReader(bytes)
    self.name = name
    (license, kernelVersion) = (reader.license, try reader.kernelVersion())
    (types, isByteSwapped) = (reader.types, reader.elf.isByteSwapped)
    maps = NamedCollection(reader.maps)
    programs = NamedCollection(reader.programs)
    variables = NamedCollection(reader.variables)
    externs = NamedCollection(reader.externs)
    (code, layouts, addresses) = (reader.code, reader.layouts, reader.addresses)
    exceptionCallbacks = reader.exceptionCallbacks()
  }
}

extension ObjectFile {
  /// Creates an object without parts, for a program that comes from elsewhere.
  init(name: String, license: String) {
    (self.name, self.license, kernelVersion, types, isByteSwapped) = (name, license, nil, nil, false)
    (maps, programs, variables, externs) = (
      NamedCollection(), NamedCollection(), NamedCollection(), NamedCollection()
    )
    (code, layouts, addresses, exceptionCallbacks) = ([], [], [:], [:])
  }
}

// MARK: - Existing maps

extension ObjectFile {
  /// Makes the object use an existing map instead of creating one.
  ///
  /// Loading checks whether the map fits the object's definition.
  ///
  /// - Parameters:
  ///   - map: the map.
  ///   - name: the name of the map in the object.
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if the object has no such map.
  public mutating func use(existing map: MapHandle, for name: String) throws(BPFError) {
    guard let index = maps.index(named: name) else {
      throw BPFError(
        .readObject, .notFound, mapName: name,
        "the object '\(self.name)' has no such map; it has \(ObjectFile.list(maps.names))")
    }
    maps[index].existing = map
  }

  /// Formats names for a message.
  static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.map { "'\($0)'" }.joined(separator: ", ")
  }
}
