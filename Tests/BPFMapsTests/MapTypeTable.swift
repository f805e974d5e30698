//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFMaps
import Testing

/// The outcome of an operation.
enum Outcome: Equatable, Sendable, CustomStringConvertible {
  /// The operation succeeded.
  case ok
  /// There is no such element: the result is nil or false.
  case absent
  /// The kernel refused the operation.
  case refused(Errno)
  /// The library refused the operation without a system call.
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

/// The outcomes of the operations on maps of one type.
///
/// They were measured through `MapHandle` on Linux 6.18. `MapTypeDifference` lists the differences of earlier kernels.
struct MapTypeRow: Sendable, CustomTestStringConvertible {
  var type: MapType
  /// Updates with `any`; with `noExist` for an existing element; with `exist` for a missing one.
  var update: [Outcome]
  /// Look-ups of an existing element, and of a missing one.
  var lookup: [Outcome]
  var nextKey: Outcome
  /// Look-up and delete of an existing element, and of a missing one.
  var lookupAndDelete: [Outcome]
  var delete: [Outcome]
  /// Batch look-up, look-up and delete, update, and delete.
  var batch: [Outcome]
  /// Look-up and update through a handle created read-only; empty if the kernel does not create one.
  var readOnly: [Outcome]
  var writeOnly: [Outcome]
  /// The flags that an older kernel does not have yet.
  var missingFlags: MapCreateFlags = []
  /// The outcome of freezing a frozen map, and of freezing through a handle created read-only.
  var secondFreeze = Outcome.eperm
  var readOnlyFreeze = Outcome.eperm

  var testDescription: String { type.kernelName }

  /// The flags that creation accepts, from the library's table.
  var flags: MapCreateFlags { (type.facts.flags ?? []).subtracting(missingFlags) }
}

extension MapTypeRow {
  private static let noBatches: [Outcome] = [.enotsupp, .enotsupp, .enotsupp, .enotsupp]
  private static let noLookupAndDelete: [Outcome] = [.enotsupp, .enotsupp]

  static let table: [MapTypeRow] = hashes + arrays + objectArrays + sockets + storages + keyless + others

  private static let hashes = [
    plainHash(.hash),
    plainHash(.perCPUHash),
    plainHash(.lruHash),
    plainHash(.lruPerCPUHash),
    plainHash(.rhash),
    MapTypeRow(
      type: .lpmTrie, update: [.ok, .eexist, .enoent], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, .absent], batch: [.ok, .enotsupp, .ok, .ok], readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok]),
    MapTypeRow(
      type: .hashOfMaps, update: [.ok, .eexist, .enoent], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, .absent], batch: [.ok, .ok, .ok, .ok], readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok]),
  ]

  private static func plainHash(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, .enoent], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: [.ok, .absent],
      delete: [.ok, .absent], batch: [.ok, .ok, .ok, .ok], readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok])
  }

  private static let arrays = [
    array(.array),
    array(.perCPUArray),
  ]

  private static func array(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, .ok], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.einval, .einval], batch: [.ok, .enotsupp, .ok, .enotsupp], readOnly: [.ok, .eperm],
      writeOnly: [.eperm, .ok])
  }

  private static let objectArrays = [
    MapTypeRow(
      type: .programArray, update: [.ok, .einval, .einval], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, .absent], batch: noBatches, readOnly: [.absent, .eperm], writeOnly: [.eperm, .ok]),
    writeOnlyArray(.perfEventArray),
    writeOnlyArray(.cgroupArray),
    MapTypeRow(
      type: .arrayOfMaps, update: [.ok, .einval, .einval], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, .absent], batch: [.ok, .enotsupp, .ok, .enotsupp], readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok]),
    deviceMap(.devMap, missingDelete: .ok),
    deviceMap(.devMapHash, missingDelete: .absent),
    MapTypeRow(
      type: .cpuMap, update: [.ok, .eexist, .e2big], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, .absent], batch: noBatches, readOnly: [], writeOnly: []),
  ]

  private static func writeOnlyArray(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .einval, .einval], lookup: [.enotsupp, .enotsupp], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, .absent], batch: noBatches, readOnly: [.enotsupp, .eperm], writeOnly: [.eperm, .ok])
  }

  private static func deviceMap(_ type: MapType, missingDelete: Outcome) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, .ok], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, missingDelete], batch: noBatches, readOnly: [.absent, .eperm], writeOnly: [.eperm, .ok])
  }

  private static let sockets = [
    socketMap(.sockMap),
    socketMap(.sockHash),
    MapTypeRow(
      type: .xskMap, update: [.ok, .ok, .enoent], lookup: [.eopnotsupp, .eopnotsupp], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, .ok], batch: noBatches, readOnly: [.eopnotsupp, .eperm], writeOnly: [.eperm, .ok]),
    MapTypeRow(
      type: .reuseportSockArray, update: [.ok, .eexist, .enoent], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete, delete: [.ok, .absent], batch: noBatches,
      readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .ok]),
  ]

  private static func socketMap(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, .enoent], lookup: [.enospc, .enospc], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, .absent], batch: noBatches, readOnly: [.enospc, .eperm], writeOnly: [.eperm, .ok])
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
      type: type, update: [.ok, .einval, .enoent], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.einval, .einval], batch: noBatches, readOnly: [.ok, .eperm], writeOnly: [.eperm, .ok])
  }

  private static func storage(_ type: MapType, missing: Outcome, orThrown thrown: Outcome) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .eexist, thrown], lookup: [.ok, missing], nextKey: .enotsupp,
      lookupAndDelete: noLookupAndDelete,
      delete: [.ok, missing], batch: noBatches, readOnly: [], writeOnly: [])
  }

  private static let keyless = [
    queue(.queue),
    queue(.stack),
    MapTypeRow(
      type: .bloomFilter, update: [.ok, .einval, .einval], lookup: [.wrongCall, .wrongCall],
      nextKey: .eopnotsupp,
      lookupAndDelete: noLookupAndDelete, delete: [.eopnotsupp, .eopnotsupp], batch: noBatches,
      readOnly: [.wrongCall, .eperm], writeOnly: [.wrongCall, .ok]),
    ring(.ringBuf),
    ring(.userRingBuf),
    MapTypeRow(
      type: .arena, update: [.eopnotsupp, .eopnotsupp, .eopnotsupp], lookup: [.einval, .einval],
      nextKey: .eopnotsupp, lookupAndDelete: noLookupAndDelete, delete: [.eopnotsupp, .eopnotsupp],
      batch: noBatches, readOnly: [],
      writeOnly: []),
  ]

  private static func queue(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.ok, .einval, .ok], lookup: [.ok, .absent], nextKey: .einval,
      lookupAndDelete: [.ok, .absent],
      delete: [.einval, .einval], batch: noBatches, readOnly: [.absent, .eperm], writeOnly: [.eperm, .ok])
  }

  private static func ring(_ type: MapType) -> MapTypeRow {
    MapTypeRow(
      type: type, update: [.enotsupp, .enotsupp, .enotsupp], lookup: [.enotsupp, .enotsupp],
      nextKey: .enotsupp,
      lookupAndDelete: noLookupAndDelete, delete: [.enotsupp, .enotsupp], batch: noBatches, readOnly: [],
      writeOnly: [])
  }

  private static let others = [
    MapTypeRow(
      type: .stackTrace, update: [.einval, .einval, .einval], lookup: [.absent, .absent], nextKey: .absent,
      lookupAndDelete: [.absent, .absent], delete: [.absent, .absent], batch: noBatches,
      readOnly: [.absent, .eperm],
      writeOnly: [.eperm, .einval]),
    MapTypeRow(
      type: .structOps, update: [.einval, .einval, .einval], lookup: [.ok, .absent], nextKey: .ok,
      lookupAndDelete: noLookupAndDelete,
      delete: [.absent, .absent], batch: noBatches, readOnly: [], writeOnly: []),
  ]
}
