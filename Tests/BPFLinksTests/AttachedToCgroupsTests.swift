//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import BPFSyscall
import CKernelFixtures
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Programs attached to control groups", .bpftool)
struct AttachedToCgroupsTests {
  let group: TemporaryCgroup
  private var path: FilePath { FilePath(group.path) }

  init() throws { group = try TemporaryCgroup() }

  private func egressProgram() throws -> Program {
    let file = try FixtureObjects(beside: #filePath).object("cgroups")
    return try file.load().program("egress")
  }

  private func attached(effective: Bool = false) throws(BPFError) -> AttachedPrograms {
    try AttachedPrograms(toCgroup: path, for: .cgroupInetEgress, effective: effective)
  }

  // bpftool cannot show control groups of older kernels.
  @Test("Lists programs with and without links, and the flags that they share", .kernel(since: "5.15"))
  func everyProgram() throws {
    let none = try attached()
    #expect(none.isEmpty && none.flags.isEmpty && none.attachType == .cgroupInetEgress)
    let (first, second) = (try egressProgram(), try egressProgram())
    let link = try first.attach(toCgroup: path)
    let direct = try second.attach(
      toCgroup: group.descriptor.fileDescriptor, for: .cgroupInetEgress, sharing: .multiple)
    let both = try attached()
    #expect(both.map(\.programID) == [first.id, second.id] && both.flags == .multiple)
    #expect(both.flags.description == "[multiple]")
    // Linux 6.0 reports the flags of each program.
    #expect(
      both.map(\.flags)
        == [AttachFlags](repeating: KernelRelease.isOlder(than: "6.0") ? [] : .multiple, count: 2))
    #expect(try both == AttachedPrograms(toCgroup: group.descriptor.fileDescriptor, for: .cgroupInetEgress))
    let theirs = try Bpftool.run("cgroup", "show", group.path)
    #expect((0..<2).map { theirs[$0]["id"].integer } == both.map { Int($0.programID.rawValue) })
    try direct.detach()
    try link.detach()
    let exclusive = try first.attach(
      toCgroup: group.descriptor.fileDescriptor, for: .cgroupInetEgress, sharing: .overridable)
    #expect(try attached().flags == .overridable && attached().map(\.programID) == [first.id])
    try exclusive.detach()
  }

  @Test("Effective programs include those of the ancestors, in any number")
  func effective() throws {
    // More than fit into the first buffer: a group has at most 64 programs of its own.
    let child = group.path + "/child"
    #expect(mkdir(child, 0o755) == 0)
    defer { rmdir(child) }
    let directory = try FixtureDescriptor.opened(child)
    var links: [FixtureDescriptor] = []
    var ids: [ProgramID] = []
    for index in 0..<80 {
      let number = kf_program_returning(8, 1, "eighty")
      let program = FixtureDescriptor(adopting: number)
      let target = index < 40 ? group.descriptor.number : directory.number
      links.append(FixtureDescriptor(adopting: kf_link_cgroup_egress(number, target)))
      #expect(links[index].number >= 0)
      ids.append(ProgramID(rawValue: UInt32(kf_program_id(program.number))))
    }
    let all = try AttachedPrograms(toCgroup: FilePath(child), for: .cgroupInetEgress, effective: true)
    #expect(Set(all.map(\.programID)) == Set(ids) && all.count == 80)
    #expect(all.flags.isEmpty && all.revision == nil)
    let own = try AttachedPrograms(toCgroup: FilePath(child), for: .cgroupInetEgress)
    #expect(own.map(\.programID) == Array(ids.dropFirst(40)))
    #expect(try attached().map(\.programID) == Array(ids.prefix(40)))
    // A list that is longer than the buffer is an error of the one call, which the listing repeats.
    var query = BPFCommand.ProgramQuery(
      directory.fileDescriptor, attachType: AttachType.cgroupInetEgress.rawValue)
    query.isEffective = true
    let short = #expect(throws: Errno.self) { try BPFCommand.programQuery(query, capacity: 8) }
    #expect(short == .noSpace)
  }

  @Test("A program is attached only to the list of its revision, where the kernel counts revisions")
  func revisions() throws {
    let (first, second) = (try egressProgram(), try egressProgram())
    let before = try attached()
    guard let revision = before.revision else {
      #expect(KernelRelease.isOlder(than: "6.17"))
      let error = #expect(throws: BPFError.self) { try first.attach(toCgroup: path, revision: 1) }
      #expect(error?.code == .unsupported && error?.explanation.contains("6.17") == true)
      #expect(try attached().isEmpty)
      return
    }
    var answer = kf_attached()
    #expect(kf_query(group.descriptor.number, AttachType.cgroupInetEgress.rawValue, 0, &answer) == 0)
    #expect(answer.revision == revision)
    let link = try first.attach(toCgroup: path, revision: revision)
    #expect(try attached().revision != revision)
    let stale = #expect(throws: BPFError.self) {
      try second.attach(toCgroup: path, order: .first, revision: revision)
    }
    #expect(stale?.code == .changed && stale?.errno == .staleNFSFileHandle)
    #expect(try attached().map(\.programID) == [first.id])
    let fresh = try second.attach(toCgroup: path, order: .first, revision: #require(attached().revision))
    #expect(try attached().map(\.programID) == [second.id, first.id])
    try fresh.detach()
    try link.detach()
  }

  @Test("Errors name the control group, and the mount point of version 2")
  func refusals() throws {
    let other = #expect(throws: BPFError.self) { try AttachedPrograms(toCgroup: "/proc", for: .cgroupDevice) }
    #expect(other?.code == .invalidArgument && other?.operation == .listAttached)
    #expect(other?.explanation.contains("version 2 is mounted at") == true)
    let missing = #expect(throws: BPFError.self) {
      try AttachedPrograms(toCgroup: "/no/such/group", for: .cgroupDevice)
    }
    #expect(missing?.code == .notFound)
    let type = #expect(throws: BPFError.self) { try AttachedPrograms(toCgroup: path, for: .xdp) }
    #expect(type?.code == .invalidArgument)
    #expect(type?.explanation.contains("xdp is not an attach type of control groups") == true)
  }
}
