//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall
public import SystemPackage

extension Object {
  /// Pins all programs and maps of the object in a directory, each under its name in the object; dots in the names of
  /// maps of global data become underscores, as such file names have none.
  ///
  /// Maps that are pinned already, by the object's own wish, are left where they are. If a pin fails, those that were
  /// made here are removed.
  ///
  /// System calls: `BPF_OBJ_PIN` for each.
  ///
  /// - Parameter directory: a directory of a BPF file system.
  /// - Returns: where each program and map is pinned, by name.
  /// - Throws: `BPFError`, as ``Program/pin(at:)``.
  @discardableResult
  public func pin(in directory: FilePath) throws(BPFError) -> [String: FilePath] {
    var pins: [String: FilePath] = [:]
    var undo: [() -> Void] = []
    do throws(BPFError) {
      for (name, program) in programs {
        let path = directory.appending(name)
        try program.pin(at: path)
        undo.append { try? program.unpin(from: path) }
        pins[name] = path
      }
      for (name, map) in maps {
        if let path = pinnedMaps[name] {
          pins[name] = path
          continue
        }
        let path = directory.appending(String(name.map { $0 == "." ? "_" : $0 }))
        try map.pin(at: path)
        undo.append { try? map.unpin(from: path) }
        pins[name] = path
      }
    } catch {
      // What cannot be removed again stays, and is named by nobody but the error that is on its way.
      for step in undo.reversed() { step() }
      throw error
    }
    return pins
  }
}
