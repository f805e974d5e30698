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
  /// Parts that loading pinned are left where they are. Nothing that is in the directory is replaced; to replace the pins
  /// of an older version of the object, load with ``LoadOptions/pinsEverything`` and ``LoadOptions/existingPins``.
  ///
  /// Either all pins are made or none, also if a signal ends a process of one thread meanwhile: the calling thread takes no
  /// signals. Each pin is made under a temporary name, `pending_map_ID` or `pending_program_ID`, and then renamed. A process
  /// that SIGKILL ends may leave pins of such names; the next one that pins an object in the directory removes them, unless
  /// others are pinning there at the same time. The directory is created (mode 0700) if only its last component is
  /// missing.
  ///
  /// System calls: pthread_sigmask(3) twice, mkdir(2), open(2), flock(2) twice, statfs(2) and getdents(2)
  /// for each directory, and for each pin lstat(2), `BPF_OBJ_PIN` and
  /// renameat2(2).
  ///
  /// - Parameter directory: a directory of a BPF file system.
  /// - Returns: where each program and map is pinned, by name.
  /// - Throws: `BPFError`, as ``Program/pin(at:)``.
  @discardableResult
  public func pin(in directory: FilePath) throws(BPFError) -> [String: FilePath] {
    var plan = PinPlan(existingPins: .reuse)
    for name in programs.names where pins[name] == nil { try plan.add(name, .program, in: directory) }
    for name in maps.names where pins[name] == nil { try plan.add(name, .map, in: directory) }
    try PinningStep(plan.pins(of: self)).run()
    return pins.merging(plan.paths) { loaded, _ in loaded }
  }
}

extension PinPlan {
  /// Returns the planned pins of an object's parts.
  func pins(of object: Object) -> [PendingPin] {
    object.maps.compactMap { name, map in pin(.map(map), named: name) }
      + object.programs.compactMap { name, program in pin(.program(program), named: name) }
  }
}
