//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// Loads programs: links each, puts in what it refers to, and hands it to the verifier.
struct ProgramLoader {
  let file: ObjectFile
  let maps: [String: MapHandle]
  let externs: ResolvedExterns
  let types: LoadedTypes?
  let kernel: KernelTypes
  let operations: [String: OperationsLayout]
  let options: LoadOptions

  /// What fits programs to the kernel's types; nil if none asks for that.
  private var relocator: CORERelocator?

  init(
    _ file: ObjectFile, maps: [String: MapHandle], externs: ResolvedExterns, types: LoadedTypes?,
    kernel: KernelTypes, operations: [String: OperationsLayout], options: LoadOptions
  ) throws(BPFError) {
    (self.file, self.maps, self.externs, self.types) = (file, maps, externs, types)
    (self.kernel, self.operations, self.options) = (kernel, operations, options)
    relocator = try ProgramLoader.relocator(file, kernel, options)
  }

  private static func relocator(
    _ file: ObjectFile, _ kernel: KernelTypes, _ options: LoadOptions
  ) throws(BPFError) -> CORERelocator? {
    guard let types = file.types, file.code.contains(where: { !$0.coreRelocations.isEmpty }) else {
      return nil
    }
    if let target = options.kernelTypes {
      return CORERelocator(local: types, target: target, targetName: "the BTF that was given")
    }
    do throws(BPFError) {
      return CORERelocator(local: types, target: try KernelTypes.vmlinux(), modules: kernel.moduleTypes)
    } catch {
      guard error.code == .unavailable else { throw error }
      var error = error
      error.explanation +=
        "; programs that are to be fitted to it need a file of it (LoadOptions.kernelTypes)"
      throw error
    }
  }

  /// Loads one program.
  mutating func load(_ definition: ProgramDefinition) throws(BPFError) -> Program {
    guard definition.type != .unspecified else {
      throw failure(
        definition, .invalidArgument,
        "its section '\(definition.sectionName)' tells no type that is known: set the program's type, or rename the "
          + "section, such as to 'xdp' or 'tracepoint/…'")
    }
    var linked = try file.linked(definition.name)
    let unresolved = try fit(&linked, definition)
    var request = BPFCommand.ProgramLoad(type: definition.type.rawValue)
    request.name = definition.name.kernelName
    request.license = file.license
    request.flags = definition.flags.rawValue
    request.expectedAttachType = definition.expectedAttachType?.rawValue ?? 0
    request.kernelVersion = file.kernelVersion ?? 0
    request.token = options.token
    let target = try AttachTarget(definition, file, kernel, operations)
    request.attachBTFTypeID = UInt32(truncatingIfNeeded: target.typeID)
    if let index = target.memberIndex { request.expectedAttachType = UInt32(truncatingIfNeeded: index) }
    var descriptors = DescriptorList()
    let instructions = try resolved(linked, definition, &descriptors)
    request.instructions = Instruction.encoded(instructions)
    request.descriptors = descriptors.numbers
    if types?.hasFunctions == true, !linked.functionInfo.isEmpty {
      request.btf = types?.handle.borrowed
      request.functionInfo = linked.functionInfo.encoded
      request.lineInfo = linked.lineInfo.encoded
    }
    request.attachTarget = target.module?.borrowed
    // All descriptors of the request are theirs.
    return try withExtendedLifetime((maps, externs, types, target)) { () throws(BPFError) in
      do throws(Refusal) {
        return try submit(definition, request)
      } catch {
        throw self.error(of: error, definition, linked, unresolved)
      }
    }
  }

  /// Puts the kernel's numbers into a program; what it has none for.
  private mutating func fit(
    _ linked: inout LinkedProgram, _ definition: ProgramDefinition
  ) throws(BPFError) -> [CORERelocator.Unresolved] {
    guard var relocator, !linked.coreRelocations.isEmpty else { return [] }
    self.relocator = nil
    defer { self.relocator = relocator }
    do throws(BPFError) {
      return try relocator.apply(linked.coreRelocations, to: &linked.instructions)
    } catch {
      var error = error
      error.programName = definition.name
      throw error
    }
  }

  func failure(
    _ definition: ProgramDefinition, _ code: BPFError.Code, errno: Errno? = nil, _ explanation: String
  ) -> BPFError {
    BPFError(.load, code, errno: errno, .program(name: definition.name, id: nil), explanation)
  }
}

extension BTFHandle {
  /// The descriptor, good as long as somebody holds the handle.
  fileprivate var borrowed: FileDescriptor { withFileDescriptor { $0 } }
}

extension String {
  /// As much of a name as the kernel keeps: 15 bytes.
  var kernelName: String { String(decoding: utf8.prefix(15), as: UTF8.self) }
}

extension [FunctionInfo] {
  /// `struct bpf_func_info`, one after the other.
  fileprivate var encoded: [UInt8] {
    reduce(into: []) { bytes, info in
      bytes.append(number: UInt32(truncatingIfNeeded: info.instruction))
      bytes.append(number: UInt32(truncatingIfNeeded: info.typeID))
    }
  }
}

extension [LineInfo] {
  /// `struct bpf_line_info`, one after the other.
  fileprivate var encoded: [UInt8] {
    reduce(into: []) { bytes, info in
      bytes.append(number: UInt32(truncatingIfNeeded: info.instruction))
      bytes.append(number: UInt32(truncatingIfNeeded: info.fileNameOffset))
      bytes.append(number: UInt32(truncatingIfNeeded: info.textOffset))
      // Ten bits for the column are all there is.
      bytes.append(number: UInt32(truncatingIfNeeded: info.line << 10 | Swift.min(info.column, 0x3ff)))
    }
  }
}
