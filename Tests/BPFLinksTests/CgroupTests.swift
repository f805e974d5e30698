//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import CKernelFixtures
import KernelFixtures
import Testing

@Suite("Control group links", .bpftool)
struct CgroupTests {
  let object: Object
  let group: TemporaryCgroup
  private var descriptor: FileDescriptor { FileDescriptor(rawValue: group.descriptor.number) }

  init() throws {
    object = try FixtureObjects(beside: #filePath).object("cgroups").load()
    group = try TemporaryCgroup()
  }

  private func program(_ name: String) throws -> Program { try #require(object.programs[name]) }

  /// Returns the number of program runs caused by a process in the group.
  private func hits() throws -> UInt64 {
    let before = try object.variable("hits", as: UInt64.self)
    _ = kf_act_in_cgroup(group.path)
    return try object.variable("hits", as: UInt64.self) - before
  }

  @Test("Attaches to and detaches from every hook of a control group")
  func everyHook() throws {
    #expect(object.programs.count == (KernelRelease.isOlder(than: "6.7") ? 23 : 28))
    for (name, program) in object.programs {
      let link = try program.attach(toCgroup: descriptor)
      #expect(try hits() > 0, "\(name)")
      let target = try #require(link.info().target.cgroup)
      #expect(target.id == group.id, "\(name)")
      #expect(target.attachType == object.file.programs[name]?.expectedAttachType, "\(name)")
      try link.detach()
      #expect(try hits() == 0, "\(name)")
    }
  }

  @Test("bpftool shows the link, and the path identifies the group", .kernel(since: "6.1"))
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

  @Test(
    "Several programs of one hook all run; an exclusive program prevents others",
    .kernel(since: "6.17"))
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
    let exclusive = try program("dev").attach(toCgroup: FilePath(group.path), sharing: .exclusive)
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

  @Test("Attaches in an order, or names the release that supports orders for control groups")
  func orders() throws {
    let first = try program("dev").attach(toCgroup: descriptor)
    let again = try #require(try FixtureObjects(beside: #filePath).object("cgroups").load().programs["dev"])
    func refusal(of order: AttachOrder) -> BPFError? {
      do throws(BPFError) {
        try again.attach(toCgroup: descriptor, order: order).detach()
        return nil
      } catch {
        return error
      }
    }
    // Some older kernels have a backport.
    let isTaken = refusal(of: .first) == nil
    #expect(isTaken || KernelRelease.isOlder(than: "6.17"))
    for order in [AttachOrder.last, .afterLink(first)] {
      let error = refusal(of: order)
      #expect((error == nil) == isTaken, "\(order)")
      guard !isTaken else { continue }
      #expect(error?.code == .unsupported && error?.errno == .invalidArgument)
      #expect(error?.explanation.contains("in the order in which they were attached") == true)
      #expect(error?.explanation.hasSuffix(KernelRelease.requirement("6.17")) == true)
    }
    // The other program is attached with a link.
    let error = refusal(of: .before(try program("dev")))
    #expect(error?.code == (isTaken ? .invalidArgument : .unsupported))
    #expect(error?.explanation.hasSuffix("name that link with beforeLink or afterLink") == isTaken)
  }

  @Test(
    "An LSM cgroup program runs for the group's processes, can be updated, and a pin keeps it attached",
    .feature(.securityHooks), .kernel(since: "6.0"))
  func securityHook() throws {
    func load() throws -> Object { try HookedProgram.blueprint("on_socket").load() }
    let (object, other) = (try load(), try load())
    func calls(_ object: Object) throws -> UInt64 {
      let before = try object.variable("calls", as: UInt64.self)
      _ = kf_act_in_cgroup(group.path)
      return try object.variable("calls", as: UInt64.self) - before
    }
    let link = try object.program("on_socket").attach(toCgroup: descriptor)
    #expect(try calls(object) > 0)
    let target = try #require(link.info().target.cgroup)
    #expect(target.id == group.id && target.attachType == .lsmCgroup)
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(theirs["type"].string == "cgroup" && theirs["cgroup_id"].integer == Int(group.id))
    try link.update(to: other.program("on_socket"), replacing: object.program("on_socket"))
    #expect(try calls(object) == 0 && calls(other) > 0)
    #expect(try link.info().programID == other.program("on_socket").id)
    try link.detach()
    #expect(try calls(other) == 0)
    try withBPFFileSystem { files in
      var held: Link? = try object.program("on_socket").attach(toCgroup: descriptor)
      try held?.pin(at: files.appending("link"))
      held = nil
      #expect(try calls(object) > 0)
      try Link(pinnedAt: files.appending("link")).unpin(from: files.appending("link"))
      #expect(try eventually { try calls(object) == 0 })
    }
  }

  @Test(
    "Detaching keeps a program that replaced ours, and reports it unless the hook is shared",
    .kernel(since: "6.1"))
  func replaced() throws {
    let again = try FixtureObjects(beside: #filePath).object("cgroups").load()
    let other = try #require(again.programs["egress"])
    for sharing in [CgroupSharing.exclusive, .overridable] {
      let ours = try program("egress").attach(toCgroup: descriptor, sharing: sharing)
      // The kernel replaces an exclusive program with the next one.
      let theirs = try other.attach(toCgroup: descriptor, sharing: sharing)
      let error = #expect(throws: BPFError.self) { try ours.detach() }
      #expect(error?.code == .changed)
      #expect(error?.explanation.contains("program \(other.id)") == true)
      #expect(try Bpftool.text("cgroup", "show", group.path).contains("egress"))
      try theirs.detach()
      #expect(try !Bpftool.text("cgroup", "show", group.path).contains("egress"))
    }
    let ours = try program("egress").attach(toCgroup: descriptor, sharing: .multiple)
    let theirs = try other.attach(toCgroup: descriptor, sharing: .multiple)
    try Bpftool.run("cgroup", "detach", group.path, "egress", "id", "\(program("egress").id)")
    try ours.detach()
    #expect(try Bpftool.text("cgroup", "show", group.path).contains("\(other.id)"))
    try theirs.detach()
  }

  @Test("Messages name a control group by the given path")
  func names() throws {
    let path = FilePath(group.path)
    let link = try program("egress").attach(toCgroup: path)
    #expect(link.target == "cgroup_inet_egress of control group '\(path)'")
    let again = #expect(throws: BPFError.self) {
      try program("egress").attach(toCgroup: path, for: .cgroupInet4Bind)
    }
    #expect(again?.explanation.contains("'\(path)'") == true)
    #expect(
      try program("egress").attach(toCgroup: descriptor).target.contains("descriptor \(descriptor.rawValue)"))
  }

  @Test("The error for a target outside cgroup v2 names the v2 mount point")
  func versionOne() throws {
    let root = FilePath(group.path).removingLastComponent()
    let hint = "version 2 is mounted at '\(root)'"
    let other = #expect(throws: BPFError.self) { try program("egress").attach(toCgroup: "/proc") }
    #expect(other?.explanation == "'/proc' is not a control group: \(hint)")
    try withTemporaryDirectory { directory in
      let options = "none,name=\(UniqueName.next())"
      let mounted = try Command.run("mount", ["-t", "cgroup", "-o", options, "none", directory.string])
      try #require(mounted.status == 0, "\(mounted.standardError)")
      defer { _ = try? Command.run("umount", [directory.string]) }
      for sharing in [nil, CgroupSharing.exclusive] {
        let old = #expect(throws: BPFError.self) {
          let opened = try FixtureDescriptor.opened(directory.string)
          if let sharing {
            _ = try program("egress").attach(toCgroup: opened.fileDescriptor, sharing: sharing)
          } else {
            _ = try program("egress").attach(toCgroup: directory)
          }
        }
        #expect(old?.code == .invalidArgument)
        #expect(old?.explanation.contains("is a control group of version 1") == true)
        #expect(old?.explanation.hasSuffix(hint) == true)
        #expect(old?.explanation.contains(sharing == nil ? "'\(directory)'" : "descriptor ") == true)
      }
    }
  }

  @Test("Updating a link whose control group is gone throws detached")
  func gone() throws {
    var group: TemporaryCgroup? = try TemporaryCgroup()
    let program = try program("egress")
    let link = try program.attach(toCgroup: FilePath(try #require(group?.path)))
    group = nil
    // The kernel releases the group's programs asynchronously.
    var answer: BPFError?
    _ = eventually {
      do throws(BPFError) { try link.update(to: program) } catch { answer = error }
      return answer != nil
    }
    #expect(answer?.code == .detached)
    try link.detach()
  }
}
