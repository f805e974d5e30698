//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// The kernel's information about a program. `struct bpf_prog_info` of `BPF_OBJ_GET_INFO_BY_FD`.
///
/// Fields that the running kernel does not have are zero.
public struct ProgramInfo: Hashable, Identifiable, Sendable {
  /// The program's id, valid while the program exists.
  public var id: ProgramID
  /// Its type.
  public var type: ProgramType
  /// Its name, at most 15 bytes. Linux 4.15.
  public var name: String
  /// The program tag, equal for equal instructions.
  public var tag: ProgramTag
  /// Whether its license allows helpers that are restricted to GPL programs. Linux 4.18.
  public var isGPLCompatible: Bool
  /// The size of the verified instructions in bytes.
  public var translatedSize: Int
  /// The size of the machine code in bytes; 0 if the program is interpreted.
  public var jitedSize: Int
  /// The load time, since boot. Linux 4.15.
  public var loadTime: Duration
  /// The id of the user that loaded it. Linux 4.15.
  public var createdByUID: UInt32
  /// The maps it uses, in the kernel's order. Linux 4.15.
  public var mapIDs: [MapID]
  /// The network device it is offloaded or bound to; 0 for none. Linux 4.16.
  public var interfaceIndex: Int
  /// The device of the network namespace of that network device. Linux 4.16.
  public var networkNamespaceDevice: UInt64
  /// The inode of that network namespace. Linux 4.16.
  public var networkNamespaceInode: UInt64
  /// The id of the BTF object with its types; 0 for none. Linux 5.0.
  public var btfID: UInt32
  /// The total run time while ``Program/RunTimeStatistics`` were enabled. Linux 5.1.
  public var runTime: Duration
  /// The number of runs while statistics were enabled. Linux 5.1.
  public var runCount: UInt64
  /// The number of runs skipped because the program was already running on the same CPU. Linux 5.12.
  public var recursionMisses: UInt64
  /// The number of instructions the verifier processed, repetitions included. Linux 5.16.
  public var verifiedInstructions: Int
  /// The BTF object with the type or function it attaches to; 0 for none. Linux 5.18.
  public var attachBTFObjectID: UInt32
  /// That type's or function's number in it. Linux 5.18.
  public var attachBTFTypeID: UInt32

  package init(_ information: BPFCommand.ProgramInformation) {
    id = ProgramID(rawValue: information.id)
    type = ProgramType(rawValue: information.type)
    name = information.name
    tag = ProgramTag(information.tag)
    isGPLCompatible = information.isGPLCompatible
    translatedSize = information.translatedSize
    jitedSize = information.jitedSize
    loadTime = .nanoseconds(Int64(clamping: information.loadTime))
    createdByUID = information.createdByUID
    mapIDs = information.mapIDs.map(MapID.init(rawValue:))
    interfaceIndex = Int(information.interfaceIndex)
    networkNamespaceDevice = information.networkNamespaceDevice
    networkNamespaceInode = information.networkNamespaceInode
    btfID = information.btfID
    runTime = .nanoseconds(Int64(clamping: information.runTime))
    runCount = information.runCount
    recursionMisses = information.recursionMisses
    verifiedInstructions = information.verifiedInstructions
    attachBTFObjectID = information.attachBTFObjectID
    attachBTFTypeID = information.attachBTFTypeID
  }
}
