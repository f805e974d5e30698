//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFMaps
public import BPFSyscall

extension [Instruction] {
  /// The SHA-256 of a program as the kernel computes it: without the descriptors of maps and the offsets in their
  /// values. Linux 6.18.
  var programHash: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * 8)
    var followsMap = false
    for var instruction in self {
      let isSecondHalf =
        followsMap && instruction.opcode == 0 && instruction.destination == 0 && instruction.source == 0
        && instruction.offset == 0
      let loadsMap =
        !followsMap && instruction.isWideLoad
        && [Instruction.Pseudo.mapDescriptor, Instruction.Pseudo.mapValue].contains(instruction.source)
      if isSecondHalf || loadsMap { instruction.immediate = 0 }
      followsMap = loadsMap
      bytes.append(contentsOf: [UInt8](number: instruction.encoded))
    }
    return SHA256.hash(bytes)
  }
}

extension ObjectFile {
  /// Returns the hash of a program, with which a map becomes exclusive to it: `MapOptions.exclusiveProgramHash`.
  ///
  /// The hash is the SHA-256 of the instructions that the verifier receives, without the descriptors of maps. It is
  /// valid for this kernel, since CO-RE relocations and externs are part of the instructions. For a map of the same
  /// object, set ``MapDefinition/exclusiveProgram`` instead.
  ///
  /// System calls: none, except to read the kernel's types, symbols and configuration, if the program needs them. The
  /// kernel compares the hash since Linux 6.18.
  ///
  /// - Parameters:
  ///   - name: the name of a program in the object.
  ///   - options: the options that the program will be loaded with.
  /// - Returns: 32 bytes.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such program, and the errors of
  ///   ``load(_:)`` before verification.
  public func hash(ofProgram name: String, _ options: LoadOptions = LoadOptions()) throws(BPFError) -> [UInt8]
  {
    guard let definition = programs[name] else {
      throw BPFError(
        .load, .notFound, .program(name: name, id: nil),
        "no such program is in the object '\(self.name)'; it has \(ObjectFile.list(programs.names))")
    }
    let kernel = KernelTypes()
    return try hash(
      of: definition, kernel, try ResolvedExterns(self, kernel, options), try OperationsLayout.all(of: self),
      options)
  }

  /// Returns the hashes that maps are created with, by map name.
  func exclusiveProgramHashes(
    _ kernel: KernelTypes, _ externs: ResolvedExterns, _ operations: [String: OperationsLayout],
    _ options: LoadOptions
  ) throws(BPFError) -> [String: [UInt8]] {
    var hashes: [String: [UInt8]] = [:]
    for map in maps where map.isCreated && map.existing == nil {
      guard let name = map.exclusiveProgram, let program = programs[name] else { continue }
      hashes[map.name] = try hash(of: program, kernel, externs, operations, options)
    }
    return hashes
  }

  private func hash(
    of program: ProgramDefinition, _ kernel: KernelTypes, _ externs: ResolvedExterns,
    _ operations: [String: OperationsLayout], _ options: LoadOptions
  ) throws(BPFError) -> [UInt8] {
    var loader = try ProgramLoader(
      self, maps: [:], externs: externs, types: nil, kernel: kernel, operations: operations, options: options)
    loader.expectedMaps = Set(maps.filter { $0.isCreated || $0.existing != nil }.map(\.name))
    return try loader.prepare(program).request.instructions.map { Instruction(encoded: $0) }.programHash
  }
}
