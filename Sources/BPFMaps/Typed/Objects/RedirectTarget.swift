//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// The value of a map for XDP redirection: `struct bpf_devmap_val` and `struct bpf_cpumap_val`.
///
/// Maps with 4-byte values hold only the number.
struct RedirectTarget: BitwiseCopyable {
  /// The index of a network device, or the size of a CPU's queue.
  var number: UInt32 = 0
  /// The program that runs at the target: a descriptor when written, the id when read; 0 for none.
  var program: UInt32 = 0

  /// The id of the program, or nil if there is none.
  var programID: ProgramID? { program == 0 ? nil : ProgramID(rawValue: program) }

  /// The sizes in bytes of a value with a program, and of one without.
  static let valueSizes = [MemoryLayout<RedirectTarget>.size, MemoryLayout<UInt32>.size]
}

extension MapHandle {
  /// Looks up the value of a key in a map with a value size of one of ``RedirectTarget/valueSizes``. Returns nil if
  /// there is none.
  func target(of key: UInt32) throws(BPFError) -> RedirectTarget? {
    var target = RedirectTarget()
    let found =
      if valueSize == MemoryLayout<RedirectTarget>.size {
        try unsafe lookup(key, .index, into: &target)
      } else {
        try unsafe lookup(key, .index, into: &target.number)
      }
    return found ? target : nil
  }

  /// Returns all elements of a map with a value size of one of ``RedirectTarget/valueSizes``.
  func targets() throws(BPFError) -> [(key: UInt32, value: RedirectTarget)] {
    let entries = try entries()
    return entries.indices.map { index in
      entries.withElement(at: index) { key, value in
        let hasProgram = value.byteCount == MemoryLayout<RedirectTarget>.size
        let target = unsafe RedirectTarget(
          number: value.unsafeLoadUnaligned(as: UInt32.self),
          program: hasProgram ? value.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self) : 0)
        return (key: unsafe key.unsafeLoadUnaligned(as: UInt32.self), value: target)
      }
    }
  }

  /// Sets the value of a key in a map with a value size of one of ``RedirectTarget/valueSizes``.
  func setTarget(
    _ key: UInt32, _ number: UInt32, program: FileDescriptor?, _ flags: MapFlags
  ) throws(BPFError) {
    guard let program else { return try setTarget(key, RedirectTarget(number: number), flags) }
    guard valueSize == MemoryLayout<RedirectTarget>.size else {
      throw failure(
        .update, .unsupported, nil,
        "the map's values have \(valueSize) bytes, but only a map created with 8-byte values takes programs")
    }
    // The kernel ignores a program descriptor below 1 without an error.
    if let fault = fault(of: program, wanted: .program) {
      throw failure(.update, fault.code, nil, fault.text)
    }
    do throws(BPFError) {
      if program.rawValue != 0 {
        return try setTarget(key, RedirectTarget(number, program), flags)
      }
      let copy = try OwnedDescriptor.aboveZero(program, for: self)
      try setTarget(key, RedirectTarget(number, copy.borrowed), flags)
      extendLifetime(copy)
    } catch {
      throw failure(error, given: program)
    }
  }

  private func setTarget(_ key: UInt32, _ target: RedirectTarget, _ flags: MapFlags) throws(BPFError) {
    if valueSize == MemoryLayout<RedirectTarget>.size {
      try unsafe update(key, .index, to: target, flags)
    } else {
      try unsafe update(key, .index, to: target.number, flags)
    }
  }
}

extension RedirectTarget {
  fileprivate init(_ number: UInt32, _ program: FileDescriptor) {
    self.init(number: number, program: UInt32(bitPattern: program.rawValue))
  }
}

extension OwnedDescriptor {
  /// Duplicates descriptor 0. Since 0 is open, the duplicate gets another number.
  fileprivate static func aboveZero(
    _ descriptor: FileDescriptor, for map: MapHandle
  ) throws(BPFError) -> OwnedDescriptor {
    do throws(Errno) {
      return try duplicating(descriptor)
    } catch {
      throw map.failure(.update, .outOfResources, error, "no descriptor is left for the program")
    }
  }
}
