//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall

/// A kernel's reply to a request that it may not support.
enum KernelReply {
  /// Returns whether the kernel accepts a request. Throws for errors other than those of unsupported requests.
  static func isTaken(_ request: () throws -> Void) throws -> Bool { try isLookedFor([], by: request) }

  /// Returns whether the kernel supports a request for a missing object: it reports that the object is missing instead
  /// of rejecting the request.
  static func isLookedFor(_ absences: [Errno], by request: () throws -> Void) throws -> Bool {
    do {
      try request()
      return true
    } catch {
      guard let errno = (error as? BPFError)?.errno ?? error as? Errno else { throw error }
      if absences.contains(errno) { return true }
      guard refusals.contains(errno) else { throw error }
      return false
    }
  }

  private static let refusals: [Errno] = [
    .invalidArgument, .argListTooLong, .notSupported, .notSupportedByKernel,
  ]

  /// The kernel's types, read once, because that takes seconds in emulation.
  static let types = Result { try BTFTypes.vmlinux() }
}

/// The named values of a kernel enumeration.
struct KernelEnumeration {
  static let attachTypes = Result { try KernelEnumeration("bpf_attach_type") }

  private var values: Set<Int128> = []

  private init(_ name: String) throws {
    guard let constants = try KernelReply.types.get().find(.enumeration, named: name)?.enumerators else {
      return
    }
    // The last enumerator is the number of values.
    values = Set(constants.lazy.filter { !$0.name.contains("MAX") }.map(\.value))
  }

  func names(_ number: UInt32) -> Bool { values.contains(Int128(number)) }
}

/// A minimal program of a type.
struct SmallestProgram {
  private var type: ProgramType
  private var attachType: AttachType?
  private var attachBTFTypeID: UInt32 = 0
  private var flags: ProgramFlags
  /// The program's return value.
  private var value: UInt64

  init(
    _ type: ProgramType, for attachType: AttachType? = nil, flags: ProgramFlags = [],
    returning value: UInt64 = 0
  ) {
    (self.type, self.attachType, self.flags, self.value) = (type, attachType, flags, value)
  }

  /// Creates a program that refers to the kernel's BTF; nil if the kernel has no type of the name.
  init?(_ type: ProgramType, for attachType: AttachType?, _ kind: BTFKind, named name: String) throws {
    guard let found = try KernelReply.types.get().find(kind, named: name) else { return nil }
    self.init(type, for: attachType)
    attachBTFTypeID = UInt32(found.id)
  }

  /// Loads the program.
  func loaded() throws(Errno) -> OwnedDescriptor {
    var log = BPFCommand.ProgramLog()
    return try loaded(&log)
  }

  /// Loads the program and returns the verifier log.
  func loaded(_ log: inout BPFCommand.ProgramLog) throws(Errno) -> OwnedDescriptor {
    var load = BPFCommand.ProgramLoad(type: type.rawValue)
    (load.expectedAttachType, load.flags) = (attachType?.rawValue ?? 0, flags.rawValue)
    (load.attachBTFTypeID, load.license, load.logLevel) = (attachBTFTypeID, "GPL", 1)
    // r0 = value; exit
    load.instructions = [value << 32 | 0xb7, 0x95]
    return try BPFCommand.programLoad(load, logSize: 1 << 16, log: &log)
  }

  /// Returns whether the kernel supports such programs: it loads this one, or its verifier rejects it with a log.
  func isKnown() throws -> Bool {
    var log = BPFCommand.ProgramLog()
    let isLoaded = try KernelReply.isTaken { _ = try loaded(&log) }
    return isLoaded || !log.text.isEmpty
  }

  /// Returns whether the kernel loads the program.
  func loads() throws -> Bool { try KernelReply.isTaken { _ = try loaded() } }
}
