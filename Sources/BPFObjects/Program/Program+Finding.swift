//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import SystemPackage

// MARK: - By name and tag

extension Program {
  /// Opens the program with a name.
  ///
  /// The kernel keeps 15 bytes of a name. A longer name is compared with the name of the program's function in its types
  /// (BTF).
  ///
  /// System calls: one `BPF_PROG_GET_NEXT_ID` and `BPF_PROG_GET_FD_BY_ID`, and `BPF_OBJ_GET_INFO_BY_FD` once or twice, for
  /// each program of the system; for a longer name also those of ``image()`` for each program that begins with it. Linux
  /// 4.15. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameter name: the name; not empty.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if no program has the name, `BPFError.Code.ambiguous` if several have
  ///   it, with their ids, `BPFError.Code.permissionDenied`.
  public convenience init(name: String) throws(BPFError) {
    guard !name.isEmpty else {
      throw BPFError(.open, .invalidName, "the name is empty: open the program by id")
    }
    let isTruncated = name.utf8.count > 15
    let found = try Program.all { (program) throws(BPFError) in
      guard isTruncated else { return program.name == name }
      guard name.utf8.starts(with: program.name.utf8), program.name.utf8.count == 15 else { return false }
      return try program.image().functions.first?.name == name
    }
    try self.init(only: found, .program(name: name, id: nil), "name")
  }

  /// Opens the program with a tag.
  ///
  /// Programs with equal instructions have equal tags: an object that is loaded twice has the same tags twice.
  ///
  /// System calls: one `BPF_PROG_GET_NEXT_ID`, `BPF_PROG_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD` for each program of the
  /// system. Linux 4.13. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameter tag: the tag, such as `ProgramTag("6deef7357e7b4530")`.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if no program has the tag, `BPFError.Code.ambiguous` if several have
  ///   it, with their ids, `BPFError.Code.permissionDenied`.
  public convenience init(tag: ProgramTag) throws(BPFError) {
    let found = try Program.all { $0.tag == tag }
    try self.init(only: found, .unknown, "tag \(tag)")
  }

  /// Opens a second descriptor for the only program of a list.
  private convenience init(
    only found: [Program], _ subject: BPFError.Subject, _ property: String
  ) throws(BPFError) {
    guard let program = found.first else {
      throw BPFError(.open, .notFound, subject, "no program has this \(property)")
    }
    guard found.count == 1 else {
      let list = found.map { "id \($0.id) (\($0.type))" }.joined(separator: ", ")
      throw BPFError(
        .open, .ambiguous, subject, "\(found.count) programs have this \(property); open one by id: \(list)")
    }
    try self.init(opening: BPFObjectKind.program.duplicate(program.descriptor.borrowed, program.subject))
  }

  /// Opens the programs of the system that fulfill a condition, ascending by id.
  private static func all(
    where isIncluded: (Program) throws(BPFError) -> Bool
  ) throws(BPFError) -> [Program] {
    let programs = try BPFObjectKind.program.all { (id) throws(BPFError) -> Program? in
      let program = try Program(id: ProgramID(rawValue: id))
      return try isIncluded(program) ? program : nil
    }
    return programs.compactMap { $0 }
  }
}

// MARK: - By map

extension Program {
  /// Opens all programs that use a map, ascending by id.
  ///
  /// A program uses the maps that its instructions refer to, and those that were bound to it. Maps that it finds in a map of
  /// maps are not among them.
  ///
  /// ```swift
  /// for program in try Program.all(using: MapHandle(name: "hits")) { print(program) }
  /// ```
  ///
  /// System calls: one `BPF_PROG_GET_NEXT_ID` and `BPF_PROG_GET_FD_BY_ID`, and `BPF_OBJ_GET_INFO_BY_FD` two or three times,
  /// for each program of the system. Linux 4.15. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameter map: the map.
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not list programs.
  public static func all(using map: MapHandle) throws(BPFError) -> [Program] {
    try all { (program) throws(BPFError) in try program.info().mapIDs.contains(map.id) }
  }

  /// Makes the program keep a map alive that its instructions do not refer to, such as one that describes the program.
  ///
  /// The map is then among ``ProgramInfo/mapIDs``, and exists as long as the program. A map that is bound or used already
  /// stays as it is.
  ///
  /// System calls: one, `BPF_PROG_BIND_MAP`. Linux 5.10.
  ///
  /// - Parameter map: the map.
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` before Linux 5.10, `BPFError.Code.permissionDenied`.
  public func bind(_ map: MapHandle) throws(BPFError) {
    do throws(Errno) {
      try map.withFileDescriptor { (map) throws(Errno) in
        try BPFCommand.programBindMap(descriptor.borrowed, map)
      }
    } catch {
      let (code, text): (BPFError.Code, String) =
        switch error {
        case .invalidArgument:
          (.unsupported, "this kernel binds no maps to programs: \(KernelRelease.requirement("5.10"))")
        case .notPermitted: (.permissionDenied, Privilege.refusalOfEveryCall ?? "")
        case .noMemory: (.outOfResources, "")
        default: (error.unansweredCode, "")
        }
      throw BPFError(.bindMap, code, errno: error, subject, text)
    }
  }
}
