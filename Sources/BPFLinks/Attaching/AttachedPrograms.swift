//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall

/// The programs that are attached to a hook, in the order of the kernel's list.
///
/// A collection of ``AttachedProgram``, as of the time it was read. Create one with the label of the function that
/// attaches programs there:
///
/// ```swift
/// let attached = try AttachedPrograms(toTCXOf: NetworkInterface(named: "eth0"), .ingress)
/// for program in attached { print(program.programID, program.linkID.map { "by link \($0)" } ?? "without a link") }
/// ```
///
/// At hooks with ordered programs (tcx, netkit, control groups), the kernel counts the changes of the list. Pass
/// ``revision`` to the function that attaches a program: it fails if the list has changed since.
public struct AttachedPrograms: Hashable, Sendable {
  /// The hook's attach type.
  public let attachType: AttachType

  /// The programs. At hooks with ordered programs, the first one runs first.
  public let programs: [AttachedProgram]

  /// The attach flags of a control group's hook, which its programs share. Empty at other hooks, and for effective
  /// programs.
  public let flags: AttachFlags

  /// The revision of the list, which changes with each program that is attached, detached or replaced; nil if the kernel
  /// does not count revisions at the hook. Linux 6.6 for tcx, 6.7 for netkit, 6.17 for control groups.
  public let revision: UInt64?
}

extension AttachedPrograms: RandomAccessCollection {
  /// The first index, 0.
  public var startIndex: Int { 0 }

  /// The index after the last, the number of programs.
  public var endIndex: Int { programs.count }

  /// Returns the program at an index.
  public subscript(index: Int) -> AttachedProgram { programs[index] }
}

/// A program that is attached to a hook.
public struct AttachedProgram: Hashable, Sendable {
  /// The program's id. Open it with `Program(id:)`; by then it may be gone.
  public let programID: ProgramID

  /// The id of the link that attaches the program; nil if it is attached without one, and at hooks other than tcx and
  /// netkit, where the kernel does not tell. Open it with ``Link/init(id:)``.
  public let linkID: LinkID?

  /// The program's own attach flags in a control group. Linux 6.0; empty before, and at other hooks.
  public let flags: AttachFlags

  /// The mode of an XDP program; nil at other hooks.
  public let xdpMode: XDPMode?
}

extension AttachedProgram: CustomStringConvertible {
  /// The ids, such as `program 12 (link 5)`.
  public var description: String { "program \(programID)" + (linkID.map { " (link \($0))" } ?? "") }
}

/// Flags of the programs that are attached to a control group. `BPF_F_*`.
public struct AttachFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
  /// The kernel's bits.
  public let rawValue: UInt32

  /// Creates flags with the kernel's bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The program runs unless a descendant group has its own: ``CgroupSharing/overridable``. `BPF_F_ALLOW_OVERRIDE`,
  /// Linux 4.10.
  public static let overridable = AttachFlags(rawValue: AttachFlag.overridable)
  /// The programs of the group and of its ancestors run: ``CgroupSharing/multiple``. `BPF_F_ALLOW_MULTI`, Linux 4.15.
  public static let multiple = AttachFlags(rawValue: AttachFlag.multiple)
  /// The program runs before those of descendant groups. `BPF_F_PREORDER`, Linux 6.15.
  public static let preorder = AttachFlags(rawValue: AttachFlag.preorder)

  /// The flags' names, such as `[multiple, preorder]`; unknown flags as a number.
  public var description: String {
    let known: [(AttachFlags, String)] = [
      (.overridable, "overridable"), (.multiple, "multiple"), (.preorder, "preorder"),
    ]
    let unknown = subtracting([.overridable, .multiple, .preorder])
    let names = known.filter { contains($0.0) }.map(\.1)
    return
      "[\((names + (unknown.isEmpty ? [] : ["0x\(String(unknown.rawValue, radix: 16))"])).joined(separator: ", "))]"
  }
}
