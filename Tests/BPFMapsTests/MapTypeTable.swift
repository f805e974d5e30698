//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

/// How an operation ends.
enum Outcome: Equatable, Sendable, CustomStringConvertible {
  /// It does what it is for.
  case ok
  /// There is no such element: nil or false.
  case absent
  /// The kernel refuses.
  case refused(Errno)
  /// The library refuses, without asking the kernel.
  case beforeKernel(BPFError.Code)

  static let eperm = refused(.notPermitted)
  static let enoent = refused(.noSuchFileOrDirectory)
  static let e2big = refused(.argListTooLong)
  static let ebadf = refused(.badFileDescriptor)
  static let ebusy = refused(.resourceBusy)
  static let eexist = refused(.fileExists)
  static let einval = refused(.invalidArgument)
  static let enospc = refused(.noSpace)
  static let eopnotsupp = refused(.notSupported)
  static let enotsupp = refused(.notSupportedByKernel)
  static let wrongCall = beforeKernel(.wrongCall)

  var description: String {
    switch self {
    case .ok: "ok"
    case .absent: "absent"
    case .refused(let errno): "refused by the kernel: \(errno) (\(errno.rawValue))"
    case .beforeKernel(let code): "refused before the kernel: \(code)"
    }
  }
}

/// What the kernel does with each operation on maps of one type: a row of the table that was measured on
/// Linux 6.18, as it shows through `MapHandle`. `MapTypeDifference` has what earlier kernels do otherwise.
struct MapTypeRow: Sendable, CustomTestStringConvertible {
  var type: MapType
  /// Update with any flag; `noExist` where there is one; `exist` where there is none.
  var update: [Outcome]
  /// Look-up of an element that is there, of one that is not.
  var lookup: [Outcome]
  var nextKey: Outcome
  /// Look-up-and-delete of an element that is there, of one that is not.
  var take: [Outcome]
  var delete: [Outcome]
  /// Batch look-up, look-up-and-delete, update, deletion.
  var batch: [Outcome]
  /// Look-up, update through a handle created for reading only; empty if the kernel creates none.
  var readOnly: [Outcome]
  var writeOnly: [Outcome]
  /// The flags that creation takes besides those it needs.
  var flags: MapCreateFlags
  /// Freezing a map that is frozen, and freezing through a handle created for reading only.
  var secondFreeze = Outcome.eperm
  var readOnlyFreeze = Outcome.eperm

  var testDescription: String { type.kernelName }
}

extension MapTypeRow {
  private static let limits: MapCreateFlags = [.readOnly, .writeOnly]
  private static let programLimits: MapCreateFlags = [.readOnlyProgram, .writeOnlyProgram]
  private static let noBatches: [Outcome] = [.enotsupp, .enotsupp, .enotsupp, .enotsupp]
  private static let noTake: [Outcome] = [.enotsupp, .enotsupp]

  static let table: [MapTypeRow] = hashes + arrays + objectArrays + sockets + storages + keyless + others

  private static let hashes = [
    plainHash(.hash, flags: [.noPrealloc, .numaNode]),
    plainHash(.perCPUHash, flags: .noPrealloc),
    plainHash(.lruHash, flags: [.noCommonLRU, .numaNode]),
    plainHash(.lruPerCPUHash, flags: .noCommonLRU),
    MapTypeRow(
      type: .lpmTrie, update: [.ok, .eexist, .enoent], lookup: [.ok, .absent], nextKey: .ok, take: noTake,
      delete: [.ok, .absent], batch: [.ok, .enotsupp, .ok, .ok], readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok], flags: [.numaNode, limits, programLimits]),
    MapTypeRow(
      type: .hashOfMaps, update: [.ok, .eexist, .enoent], lookup: [.ok, .absent], nextKey: .ok, take: noTake,
      delete: [.ok, .absent], batch: [.ok, .ok, .ok, .ok], readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok], flags: [.noPrealloc, .numaNode, .zeroSeed, limits, programLimits]),
  ]

  private static func plainHash(_ type: MapType, flags: MapCreateFlags) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, .enoent], lookup: [.ok, .absent], nextKey: .ok,
      take: [.ok, .absent],
      delete: [.ok, .absent], batch: [.ok, .ok, .ok, .ok], readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok], flags: [flags, .zeroSeed, limits, programLimits])
  }

  private static let arrays = [
    array(.array, flags: [.numaNode, .mmapable, .innerMap]),
    array(.perCPUArray, flags: []),
  ]

  private static func array(_ type: MapType, flags: MapCreateFlags) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, .ok], lookup: [.ok, .absent], nextKey: .ok, take: noTake,
      delete: [.einval, .einval], batch: [.ok, .enotsupp, .ok, .enotsupp], readOnly: [.ok, .eperm],
      writeOnly: [.eperm, .ok], flags: [flags, limits, programLimits])
  }

  private static let objectArrays = [
    MapTypeRow(
      type: .programArray, update: [.ok, .einval, .einval], lookup: [.ok, .absent], nextKey: .ok,
      take: noTake,
      delete: [.ok, .absent], batch: noBatches, readOnly: [.absent, .eperm], writeOnly: [.eperm, .ok],
      flags: [.numaNode, limits]),
    writeOnlyArray(.perfEventArray, flags: .preserveElements),
    writeOnlyArray(.cgroupArray, flags: []),
    MapTypeRow(
      type: .arrayOfMaps, update: [.ok, .einval, .einval], lookup: [.ok, .absent], nextKey: .ok, take: noTake,
      delete: [.ok, .absent], batch: [.ok, .enotsupp, .ok, .enotsupp], readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok], flags: [.numaNode, limits]),
    deviceMap(.devMap, missingDelete: .ok),
    deviceMap(.devMapHash, missingDelete: .absent),
    MapTypeRow(
      type: .cpuMap, update: [.ok, .eexist, .e2big], lookup: [.ok, .absent], nextKey: .ok, take: noTake,
      delete: [.ok, .absent], batch: noBatches, readOnly: [], writeOnly: [], flags: .numaNode),
  ]

  private static func writeOnlyArray(_ type: MapType, flags: MapCreateFlags) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .einval, .einval], lookup: [.enotsupp, .enotsupp], nextKey: .ok, take: noTake,
      delete: [.ok, .absent], batch: noBatches, readOnly: [.enotsupp, .eperm], writeOnly: [.eperm, .ok],
      flags: [.numaNode, flags, limits])
  }

  private static func deviceMap(_ type: MapType, missingDelete: Outcome) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, .ok], lookup: [.ok, .absent], nextKey: .ok, take: noTake,
      delete: [.ok, missingDelete], batch: noBatches, readOnly: [.absent, .eperm], writeOnly: [.eperm, .ok],
      flags: [.numaNode, limits])
  }

  private static let sockets = [
    socketMap(.sockMap),
    socketMap(.sockHash),
    MapTypeRow(
      type: .xskMap, update: [.ok, .ok, .enoent], lookup: [.eopnotsupp, .eopnotsupp], nextKey: .ok,
      take: noTake,
      delete: [.ok, .ok], batch: noBatches, readOnly: [.eopnotsupp, .eperm], writeOnly: [.eperm, .ok],
      flags: [.numaNode, limits]),
    MapTypeRow(
      type: .reuseportSockArray, update: [.ok, .eexist, .enoent], lookup: [.ok, .absent], nextKey: .ok,
      take: noTake, delete: [.ok, .absent], batch: noBatches, readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok], flags: [.numaNode, limits, programLimits]),
  ]

  private static func socketMap(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, .enoent], lookup: [.enospc, .enospc], nextKey: .ok, take: noTake,
      delete: [.ok, .absent], batch: noBatches, readOnly: [.enospc, .eperm], writeOnly: [.eperm, .ok],
      flags: [.numaNode, limits])
  }

  private static let storages = [
    attachmentStorage(.cgroupStorage),
    attachmentStorage(.perCPUCgroupStorage),
    storage(.skStorage, missing: .absent, orThrown: .enoent),
    storage(.inodeStorage, missing: .absent, orThrown: .enoent),
    storage(.taskStorage, missing: .ebadf, orThrown: .ebadf),
    storage(.cgrpStorage, missing: .ebadf, orThrown: .ebadf),
  ]

  private static func attachmentStorage(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .einval, .enoent], lookup: [.ok, .absent], nextKey: .ok, take: noTake,
      delete: [.einval, .einval], batch: noBatches, readOnly: [.ok, .eperm], writeOnly: [.eperm, .ok],
      flags: [.numaNode, limits, programLimits])
  }

  private static func storage(_ type: MapType, missing: Outcome, orThrown thrown: Outcome) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, thrown], lookup: [.ok, missing], nextKey: .enotsupp, take: noTake,
      delete: [.ok, missing], batch: noBatches, readOnly: [], writeOnly: [], flags: .clone)
  }

  private static let keyless = [
    queue(.queue),
    queue(.stack),
    MapTypeRow(
      type: .bloomFilter, update: [.ok, .einval, .einval], lookup: [.wrongCall, .wrongCall],
      nextKey: .eopnotsupp,
      take: noTake, delete: [.eopnotsupp, .eopnotsupp], batch: noBatches,
      readOnly: [.wrongCall, .eperm], writeOnly: [.wrongCall, .ok],
      flags: [.numaNode, .zeroSeed, limits, programLimits]),
    ring(.ringBuf),
    ring(.userRingBuf),
    MapTypeRow(
      type: .arena, update: [.eopnotsupp, .eopnotsupp, .eopnotsupp], lookup: [.einval, .einval],
      nextKey: .eopnotsupp, take: noTake, delete: [.eopnotsupp, .eopnotsupp], batch: noBatches, readOnly: [],
      writeOnly: [], flags: [.segvOnFault, .noUserConversion]),
  ]

  private static func queue(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .einval, .ok], lookup: [.ok, .absent], nextKey: .einval,
      take: [.ok, .absent],
      delete: [.einval, .einval], batch: noBatches, readOnly: [.absent, .eperm], writeOnly: [.eperm, .ok],
      flags: [.numaNode, limits, programLimits])
  }

  private static func ring(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.enotsupp, .enotsupp, .enotsupp], lookup: [.enotsupp, .enotsupp],
      nextKey: .enotsupp,
      take: noTake, delete: [.enotsupp, .enotsupp], batch: noBatches, readOnly: [], writeOnly: [],
      flags: .numaNode)
  }

  private static let others = [
    MapTypeRow(
      type: .stackTrace, update: [.einval, .einval, .einval], lookup: [.absent, .absent], nextKey: .absent,
      take: [.absent, .absent], delete: [.absent, .absent], batch: noBatches, readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .einval], flags: [.numaNode, limits]),
    MapTypeRow(
      type: .structOps, update: [.einval, .einval, .einval], lookup: [.ok, .absent], nextKey: .ok,
      take: noTake,
      delete: [.absent, .absent], batch: noBatches, readOnly: [], writeOnly: [], flags: .link),
  ]
}
