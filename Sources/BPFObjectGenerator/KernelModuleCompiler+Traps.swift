//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFCodeGeneration
internal import BPFObjects
internal import Foundation

extension KernelModuleCompiler {
  /// Replaces the traps in `module.bc` by calls that end the program with the number of the place, and returns the places.
  func trapPlaces() throws -> TrapPlaces {
    try run(arguments.clang, KernelToolchain.text(of: path("module.bc"), to: path("module.ll")))
    let text = String(decoding: try bytes("module.ll"), as: UTF8.self)
    let traps = TrapPlaces(bitcode: text, module: arguments.module.name)
    try Data(traps.bitcode.utf8).write(to: folder.appending(path: "traps.ll"))
    try run(arguments.clang, KernelToolchain.bitcode(ofText: path("traps.ll"), to: path("module.bc")))
    return traps
  }

  /// Links a checked module, so that only programs that can trap after optimization need what traps need.
  ///
  /// - Parameter link: links the module with what traps need for some programs, or for none (nil), and returns the object.
  func linkChecked(
    _ module: KernelModule, _ link: ([TrappingProgram]?) throws -> [UInt8]
  ) throws -> [UInt8] {
    // The common case: all programs in Swift can trap, and none in C.
    let likely = module.programs.map { TrappingProgram($0.name, section: $0.section) }
    let object = try link(likely)
    let trapping = try TrappingProgram.all(in: ObjectFile(bytes: object, name: module.objectName))
    guard trapping != Set(likely) else { return object }
    // C sources can have functions that trap and that no program calls.
    if trapping.isEmpty, arguments.cSources.isEmpty { return try link(nil) }
    return try link(trapping.sorted { $0.name < $1.name })
  }
}
