//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall

extension Object {
  /// Returns the map with the given name, or throws `notFound`.
  ///
  /// - Parameter name: the name in the object.
  /// - Throws: `BPFError` with `BPFError.Code.notFound`, which lists the names of the object's maps.
  public func map(_ name: String) throws(BPFError) -> MapHandle {
    if let map = maps[name] { return map }
    throw BPFError(
      .open, .notFound, mapName: name,
      "no such map was created with the object '\(self.name)'; it has \(ObjectFile.list(maps.names))")
  }

  /// Returns the program with the given name, or throws `notFound`.
  ///
  /// - Parameter name: the name in the object.
  /// - Throws: `BPFError` with `BPFError.Code.notFound`, which lists the names of the loaded programs.
  public func program(_ name: String) throws(BPFError) -> Program {
    if let program = programs[name] { return program }
    throw BPFError(
      .open, .notFound, .program(name: name, id: nil),
      "no such program was loaded with the object '\(self.name)'; it has \(ObjectFile.list(programs.names))")
  }
}
