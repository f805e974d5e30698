//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall
public import SystemPackage

extension Object {
  /// Pins all programs and maps of the object in a directory, each under its name in the object. Dots in the names of
  /// global data maps become underscores, because bpffs does not accept dots.
  ///
  /// Parts that loading already pinned stay where they are. Existing files in the directory are never replaced; to
  /// replace the pins of an older version of the object, load with ``LoadOptions/pinsEverything`` and
  /// ``LoadOptions/existingPins``.
  ///
  /// Makes all pins or none. The calling thread blocks signals meanwhile, so this also holds if a signal ends a
  /// single-threaded process. Each pin is made under a temporary name, `swift_bpf_pending_map_ID` or `swift_bpf_pending_program_ID`, and
  /// then renamed. A process that SIGKILL ends may leave such pins; the next process that pins an object in the
  /// directory removes them, unless other processes are pinning there at the same time. Creates the directory (mode
  /// 0700) if only its last component is missing.
  ///
  /// System calls: pthread_sigmask(3) twice, mkdir(2), open(2), flock(2) twice, statfs(2) and getdents(2)
  /// for each directory, and for each pin lstat(2), `BPF_OBJ_PIN` and
  /// renameat2(2).
  ///
  /// - Parameter directory: a directory of a BPF file system.
  /// - Returns: the pin path of each program and map, by name.
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
