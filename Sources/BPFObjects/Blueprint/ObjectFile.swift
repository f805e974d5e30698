//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
public import BTF
public import SystemPackage

/// A compiled BPF object: what `clang -target bpf -g -O2 -c` makes of a source. The Swift toolchain's clang needs
/// `-Xclang -fno-split-cold-code` too.
///
/// It is a blueprint: reading it asks nothing of the kernel, needs no privilege, and gives the same everywhere. What is
/// to be loaded otherwise than the source says is changed here: sizes of maps, values of variables, which programs are
/// loaded.
///
/// ```swift
/// var file = try ObjectFile("counter.bpf.o")
/// file.maps["hits"]?.maxEntries = 4096
/// try file.setVariable("threshold", to: UInt32(5))
/// file.programs["debug"]?.isLoaded = false
/// ```
///
/// Nothing in a file is trusted: what is not as it must be is an error that says what and where, and never a trap.
public struct ObjectFile: Sendable {
  /// The name of the object. Its first 7 or 8 bytes begin the names that the kernel shows for maps of global data.
  public let name: String

  /// The license that the object says its programs are under; empty if it says none. The kernel offers many of its
  /// functions to programs under the GPL only.
  public var license: String

  /// The version of the kernel that the object says it is for, which kernels before 5.0 compare for kprobes; nil if it
  /// says none: it is then that of the running kernel, where one asks.
  public var kernelVersion: UInt32?

  /// The object's types; nil if it was compiled without them.
  public let types: BTFTypes?

  /// The maps: those that are declared, in their order, then the sections of global variables, `.kconfig`, and
  /// implementations of kernel interfaces.
  public var maps: NamedCollection<MapDefinition>

  /// The programs, in the order of their sections and of their places in them.
  public var programs: NamedCollection<ProgramDefinition>

  /// The global variables, by map, and by their places in it.
  public let variables: NamedCollection<VariableDefinition>

  /// What the object uses and the kernel defines.
  public let externs: NamedCollection<ExternDefinition>

  /// Whether the object is for machines of the other byte order than this one. Such an object can be read, not loaded.
  public let isByteSwapped: Bool

  /// The sections of instructions.
  package let code: [CodeSection]

  /// Where the variables of sections are, for completing the types.
  package let layouts: [DataSectionLayout]

  /// The offsets of addresses in maps of global data, by the name of the map.
  let addresses: [String: [Int]]

  /// Which function the kernel calls when a program throws an exception, by the program's name.
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
  /// - Throws: `BPFError`; `BPFError.Code.notFound`, `BPFError.Code.permissionDenied`; `BPFError.Code.malformed` if it
  ///   is no such object, or a damaged one; `BPFError.Code.unsupported` if it has something in it that this library
  ///   does not load.
  public init(_ path: FilePath) throws(BPFError) {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try KernelFile.bytes(of: path)
    } catch {
      let code: BPFError.Code =
        switch error {
        case .noSuchFileOrDirectory: .notFound
        case .permissionDenied, .notPermitted: .permissionDenied
        default: .system
        }
      throw BPFError(.readObject, code, errno: error, path: path)
    }
    let file = path.lastComponent?.string ?? ""
    do throws(BPFError) {
      try self.init(bytes: bytes, name: String(file.prefix { $0 != "." }))
    } catch {
      var error = error
      error.path = path
      throw error
    }
  }

  /// Reads an object from bytes, such as those that a program has in itself.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: the name of the object.
  /// - Throws: `BPFError`; `BPFError.Code.malformed` if it is no such object, or a damaged one;
  ///   `BPFError.Code.unsupported` if it has something in it that this library does not load.
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

// MARK: - Maps that are there already

extension ObjectFile {
  /// Has the object use a map that is there already, instead of creating one.
  ///
  /// Whether the map fits what the programs expect is checked when the object is loaded.
  ///
  /// - Parameters:
  ///   - map: the map.
  ///   - name: the name of the object's map that it stands for.
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if the object has no such map.
  public mutating func use(existing map: MapHandle, for name: String) throws(BPFError) {
    guard let index = maps.index(named: name) else {
      throw BPFError(
        .readObject, .notFound, mapName: name,
        "the object '\(self.name)' has no such map; it has \(ObjectFile.list(maps.names))")
    }
    maps[index].existing = map
  }

  /// Names for a sentence.
  static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.map { "'\($0)'" }.joined(separator: ", ")
  }
}
