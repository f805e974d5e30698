//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall
internal import BTF
internal import SystemPackage

extension Program {
  /// Returns the program's code: its instructions after verification, its machine code, and its functions and source lines.
  ///
  /// ```swift
  /// for program in try Program.all() {
  ///   for function in try program.image().functions {
  ///     print(program.name, function.name, function.machineCodeSize ?? 0)
  ///   }
  /// }
  /// ```
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD` twice, and if the program has types `BPF_BTF_GET_FD_BY_ID` and
  /// `BPF_OBJ_GET_INFO_BY_FD` four times. Linux 4.13; functions 4.18, types and lines 5.0. Capabilities: `CAP_BPF` and
  /// `CAP_PERFMON`; for names and source lines `CAP_SYS_ADMIN`.
  ///
  /// - Returns: the code. What the caller may not see is empty or nil.
  /// - Throws: `BPFError` with the kernel's answer.
  public func image() throws(BPFError) -> ProgramImage {
    let image: BPFCommand.ProgramImage
    do throws(Errno) {
      image = try BPFCommand.programImage(descriptor.borrowed)
    } catch {
      throw BPFError(.info, error.unansweredCode, errno: error, subject)
    }
    return ProgramImage(image, tag: tag, try types(id: image.btfID))
  }

  /// Returns the program's types; nil if it has none, or the caller may not open them.
  private func types(id: UInt32) throws(BPFError) -> BTFTypes? {
    guard id != 0 else { return nil }
    do throws(BPFError) {
      return try BTFHandle(id: id).types()
    } catch {
      guard error.code == .permissionDenied else { throw error }
      return nil
    }
  }

  /// Disassembles the program: what `bpftool prog dump xlated` prints, with the names of maps and functions.
  ///
  /// ```swift
  /// let object = try ObjectFile("counter.bpf.o").load()
  /// if let count = object.programs["count"] { print(try count.disassembly()) }
  /// ```
  ///
  /// System calls: those of ``image()``; `BPF_OBJ_GET_INFO_BY_FD` twice and three for each map; open(2), some thousand
  /// read(2) and close(2) of /proc/kallsyms for the names of helpers and kfuncs, and once more for the first program.
  /// Capabilities: those of ``image()``, `CAP_SYSLOG` for the names of helpers, `CAP_SYS_ADMIN` for those of maps.
  ///
  /// - Parameter notation: how maps and functions are named.
  /// - Returns: the disassembly; empty if the caller may not see the instructions.
  /// - Throws: `BPFError` with the kernel's answer; `BPFError.Code.unavailable` if /proc/kallsyms is not there.
  public func disassembly(
    _ notation: ProgramDisassembly.Notation = .named
  ) throws(BPFError) -> ProgramDisassembly {
    let image = try image()
    let maps = notation == .named ? try mapNames() : [:]
    let names = try DisassemblyNames(image, maps: maps, notation)
    return ProgramDisassembly(image, by: names.disassembler)
  }

  /// Returns the names of the program's maps by id, without those that are empty or not unique among them.
  private func mapNames() throws(BPFError) -> [UInt32: String] {
    var names: [UInt32: String] = [:]
    for id in try info().mapIDs {
      do throws(BPFError) {
        names[id.rawValue] = try OpenedMap(id: id, access: .readOnly).info.name
      } catch {
        guard error.code == .permissionDenied || error.code == .notFound else { throw error }
      }
    }
    let counts = Dictionary(names.values.map { ($0, 1) }, uniquingKeysWith: +)
    return names.filter { !$0.value.isEmpty && counts[$0.value] == 1 }
  }
}
