//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFInstructions
public import BPFMaps
public import BPFSyscall
internal import SystemPackage

extension MapHandle: ReferencedMap {
  package var descriptorNumber: Int32 { withFileDescriptor(\.rawValue) }
}

extension Statement {
  /// `register = map`: loads the address of a map, as helpers such as `bpf_map_lookup_elem` take it.
  ///
  /// The statement keeps the map open, and a loaded program keeps the map itself. It takes two instructions.
  ///
  /// - Parameters:
  ///   - map: the map.
  ///   - register: the register for the address.
  public static func load(map: MapHandle, to register: Register) -> Statement {
    .load(referenced: map, to: register)
  }

  /// `register = address of the map's value + offset`: loads an address in the first value of an array, as programs
  /// access global variables. Linux 5.2.
  ///
  /// The statement keeps the map open, and a loaded program keeps the map itself. It takes two instructions.
  ///
  /// - Parameters:
  ///   - map: an array map, or an arena. The kernel rejects other types.
  ///   - offset: the distance from the start of the value, in bytes.
  ///   - register: the register for the address.
  public static func load(valueOf map: MapHandle, offset: UInt32 = 0, to register: Register) -> Statement {
    .load(valueOf: map as any ReferencedMap, offset: offset, to: register)
  }

  /// `register = address of a global variable` of a loaded object. Linux 5.2.
  ///
  /// The statement keeps the variable's map open, and a loaded program keeps the map itself. It takes two instructions.
  ///
  /// - Parameters:
  ///   - name: the variable.
  ///   - object: the object.
  ///   - register: the register for the address.
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if the object has no such variable.
  public static func load(
    variable name: String, of object: Object, to register: Register
  ) throws(BPFError) -> Statement {
    let (variable, map) = try object.location(of: name)
    return .load(
      valueOf: map, offset: UInt32(truncatingIfNeeded: variable.offset), to: register)
  }
}
