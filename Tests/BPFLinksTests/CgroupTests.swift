//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import KernelFixtures
import Testing

@Suite("Links to control groups", .bpftool)
struct CgroupTests {
  let object: Object
  let group: TemporaryCgroup
  private var descriptor: FileDescriptor { FileDescriptor(rawValue: group.descriptor.number) }

  init() throws {
    object = try FixtureObjects(beside: #filePath).object("cgroups").load()
    group = try TemporaryCgroup()
  }

  private func program(_ name: String) throws -> Program { try #require(object.programs[name]) }

  /// How often programs ran for what a process in the group did.
  private func hits() throws -> UInt64 {
    let before = try object.variable("hits", as: UInt64.self)
    _ = kf_act_in_cgroup(group.path)
    return try object.variable("hits", as: UInt64.self) - before
  }

  @Test("Every place of a control group is reached, and left")
  func everyPlace() throws {
    #expect(object.programs.count == 28)
    for (name, program) in object.programs {
      let link = try program.attach(toCgroup: descriptor)
      #expect(try hits() > 0, "\(name)")
      guard case .cgroup(let id, let attachType) = try link.info().target else {
        Issue.record("\(try link.info())")
        continue
      }
      #expect(id == group.id, "\(name)")
      #expect(attachType == object.file.programs[name]?.expectedAttachType, "\(name)")
      try link.detach()
      #expect(try hits() == 0, "\(name)")
    }
  }

  @Test("bpftool sees the link, and the group can be named by its path")
  func bpftool() throws {
    let link = try program("egress").attach(toCgroup: FilePath(group.path))
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(theirs["type"].string == "cgroup" && theirs["cgroup_id"].integer == Int(group.id))
    #expect(try Bpftool.text("cgroup", "show", group.path).contains("egress"))
    let missing = #expect(throws: BPFError.self) { try program("egress").attach(toCgroup: "/no/such/group") }
    #expect(missing?.code == .notFound)
    let other = #expect(throws: BPFError.self) { try program("egress").attach(toCgroup: "/proc") }
    #expect(other?.code == .invalidArgument)
    let wrong = #expect(throws: BPFError.self) {
      try program("egress").attach(toCgroup: descriptor, for: .cgroupInet4Bind)
    }
    #expect(wrong?.code == .invalidArgument)
  }

  @Test("Several programs of one place all run; one that shares with none keeps others away")
  func sharing() throws {
    let first = try program("dev").attach(toCgroup: descriptor)
    let alone = try hits()
    let again = try FixtureObjects(beside: #filePath).object("cgroups").load()
    let second = try #require(again.programs["dev"]).attach(toCgroup: descriptor, order: .first)
    #expect(try hits() == alone)
    #expect(try again.variable("hits", as: UInt64.self) > 0)
    try second.update(to: program("dev"))
    #expect(try hits() == 2 * alone)
    try first.detach()
    try second.detach()
    let exclusive = try program("dev").attach(toCgroup: descriptor, sharing: .exclusive)
    #expect(exclusive.id == nil)
    #expect(try hits() == alone)
    let refused = #expect(throws: BPFError.self) {
      try #require(again.programs["dev"]).attach(toCgroup: descriptor)
    }
    #expect(refused?.code == .permissionDenied)
    try exclusive.detach()
    #expect(try hits() == 0)
    var held: Link? = try program("dev").attach(toCgroup: descriptor, sharing: .multiple)
    #expect(try hits() == alone)
    #expect(held?.type == nil)
    held = nil
    #expect(try hits() == 0)
  }

  @Test("A link whose control group has gone says so")
  func gone() throws {
    var group: TemporaryCgroup? = try TemporaryCgroup()
    let program = try program("egress")
    let link = try program.attach(toCgroup: FilePath(try #require(group?.path)))
    group = nil
    // The kernel lets go of the group's programs when it has time.
    var answer: BPFError?
    _ = eventually {
      do throws(BPFError) { try link.update(to: program) } catch { answer = error }
      return answer != nil
    }
    #expect(answer?.code == .detached)
    try link.detach()
  }
}
