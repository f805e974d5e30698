//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFObjects
package import BPFSyscall

/// A program of a checked kernel module that can trap.
package struct TrappingProgram: Hashable {
  package let name: String
  /// The program's result after a trap. See ``ProgramKind/resultOfTrap(inSection:)``.
  package let result: Int

  package init(_ name: String, section: String) {
    (self.name, result) = (name, ProgramKind.resultOfTrap(inSection: section))
  }

  /// The variable in which it counts its traps.
  var variable: String { ProgramTraps.variablePrefix + name }
  /// The function that counts a trap and returns the program's result (`__exception_cb`).
  var callback: String { "__trapped_" + name }

  /// The declaration tag of the program that names the callback.
  var tag: String { "exception_callback:" + callback }

  /// Returns the programs of an object that reach a call of `bpf_throw`, without those that have a callback of their own.
  package static func all(in file: ObjectFile) throws(BPFError) -> Set<TrappingProgram> {
    var programs: Set<TrappingProgram> = []
    for program in file.programs {
      let throwing = try file.linked(program.name).references.contains { reference in
        if case .externCall(KernelToolchain.throwFunction) = reference.reference { true } else { false }
      }
      let trapping = TrappingProgram(program.name, section: program.sectionName)
      let hasOther = file.exceptionCallbacks[program.name].map { $0 != trapping.callback } ?? false
      if throwing, !hasOther { programs.insert(trapping) }
    }
    return programs
  }
}

extension ProgramKind {
  /// The sections whose programs the kernel allows only the result 1.
  private static let sectionsOfOne = [
    "recvmsg4", "recvmsg6", "recvmsg_unix", "getpeername4", "getpeername6", "getpeername_unix",
    "getsockname4",
    "getsockname6", "getsockname_unix",
  ].map { "cgroup/" + $0 }

  /// Returns the result of a program after a trap: 0, which every other type of program may return.
  static func resultOfTrap(inSection section: String) -> Int {
    sectionsOfOne.contains(section) ? 1 : 0
  }
}
