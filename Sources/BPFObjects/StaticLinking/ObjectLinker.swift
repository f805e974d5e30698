//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import ELF
public import SystemPackage

/// Links compiled BPF objects to one, as `bpftool gen object` does.
///
/// Each source of a program is compiled by itself. One may call functions, and use maps and variables, that another one
/// defines and it declares `extern`:
///
/// ```swift
/// var linker = ObjectLinker()
/// try linker.add("filter.bpf.o")
/// try linker.add("statistics.bpf.o")
/// let object = try ObjectFile(bytes: linker.linked(), name: "firewall").load()
/// ```
///
/// Sections of one name become one, in the order of the objects. A definition takes the destination of `extern` declarations and
/// of weak definitions; the first of several weak definitions counts. Static functions and variables stay those of their
/// object. Types that are equal become one. All objects must have the same license.
///
/// Objects are untrusted: malformed content throws an error, and never traps.
public struct ObjectLinker: Sendable {
  private var inputs: [LinkerInput] = []

  /// Creates a linker without objects.
  public init() {}

  /// Adds an object from a file.
  ///
  /// System calls: open(2), lseek(2) twice, read(2) until the end, close(2). No capability.
  ///
  /// - Parameter path: the path, which also names the object in errors.
  /// - Throws: `BPFError`; `BPFError.Code.notFound`, `BPFError.Code.permissionDenied`; `BPFError.Code.malformed` if
  ///   the file is damaged or not a BPF object; `BPFError.Code.unsupported` if it has no types (`clang -g`).
  public mutating func add(_ path: FilePath) throws(BPFError) {
    let bytes = try ObjectFile.bytes(of: path)
    do throws(BPFError) {
      try add(bytes: bytes, name: path.string)
    } catch {
      var error = error
      error.path = path
      throw error
    }
  }

  /// Adds an object from its bytes.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: the object's name in errors.
  /// - Throws: `BPFError`; `BPFError.Code.malformed` if the bytes are damaged or not a BPF object;
  ///   `BPFError.Code.unsupported` if they have no types (`clang -g`).
  public mutating func add(bytes: [UInt8], name: String) throws(BPFError) {
    inputs.append(try LinkerInput(bytes, name: name, index: inputs.count))
  }

  /// Returns the linked object: an ELF file to load, to write, or to link again.
  ///
  /// Declarations that no object defines remain; loading fails if the kernel does not define them either. Debugging
  /// information (`.debug_*`) is left out. Makes no system call.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.invalidArgument` without objects; `BPFError.Code.alreadyExists` if two objects
  ///   define the same name; `BPFError.Code.typeMismatch` if they declare it differently, or have different licenses;
  ///   `BPFError.Code.malformed` for an object that is damaged.
  public func linked() throws(BPFError) -> [UInt8] {
    guard let first = inputs.first else {
      throw BPFError(.linkObjects, .invalidArgument, "there are no objects to link")
    }
    var sections = SectionMerger()
    var symbols = SymbolMerger()
    var types = TypeMerger()
    var records = ExtensionMerger()
    for input in inputs {
      let merged = try sections.add(input)
      let indices = try symbols.add(input, merged)
      try sections.addRelocations(of: input, merged, indices)
      let ids = try types.add(input, symbols, merged)
      try records.add(input, merged, ids)
    }
    guard sections.sections.count < ObjectLinker.mostSections else {
      throw BPFError(
        .linkObjects, .outOfResources, "the objects have more than \(ObjectLinker.mostSections) sections")
    }
    let sizes = Dictionary(
      sections.sections.map { ($0.name, $0.byteCount) }, uniquingKeysWith: { first, _ in first })
    let extensions = records.encoded()
    var writer = ELFWriter(machine: first.elf.header.machine)
    writer.sections = sections.sections
    writer.symbols = symbols.symbols
    let encoded = try types.encoded(symbols, after: records.strings) { sizes[$0] }
    writer.sections.append(ELFWriter.Section(".BTF", alignment: 4, bytes: encoded))
    writer.sections.append(ELFWriter.Section(".BTF.ext", alignment: 4, bytes: extensions))
    return writer.file()
  }

  /// With a section of relocations for each, their number fits into 16 bits.
  private static let mostSections = 0x7000
}
