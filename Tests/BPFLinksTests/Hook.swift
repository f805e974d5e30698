//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A kind of hook that not every kernel has, with a program of `hooks.bpf.c` for it.
struct Hook: Sendable, CustomTestStringConvertible {
  /// The program's name.
  let program: String
  /// What runs the program.
  let event: Event
  /// How often one event runs it.
  var runs: UInt64 = 1
  /// Since when the kernel has links for it.
  var linksSince = "5.7"
  /// Since when a program can be given a cookie, and how; nil if it never can.
  var cookie: Cookie?
  /// What the kernel tells of the link.
  let target: @Sendable (LinkInfo.Target, Described) -> Bool

  typealias Cookie = (since: String, attach: @Sendable (Program, UInt64) throws -> Link)

  /// What the answer of the kernel is compared with.
  struct Described {
    /// The program that is watched or replaced; nil for hooks of the kernel.
    let watched: Program?
    let cookie: UInt64
  }

  enum Event { case sleep, getParent, openFile, runProgram, testRun }

  var testDescription: String { program }
}

/// A program of a hook, loaded, that counts what the calling thread does.
struct HookedProgram {
  let hook: Hook
  let object: Object
  /// The program that is watched or replaced; nil for hooks of the kernel.
  let watched: Program?

  private static let file = Result { try FixtureObjects(beside: #filePath).object("hooks") }

  /// The fixture with one program to be loaded.
  static func blueprint(_ name: String, of watched: Program? = nil) throws -> ObjectFile {
    var file = try file.get()
    var definition = try #require(file.programs[name])
    (definition.isLoaded, definition.targetProgram) = (true, watched)
    file.programs[name] = definition
    return file
  }

  /// The program that has the function that others replace or watch.
  static func target() throws -> Program { try blueprint("target").load().program("target") }

  init(_ hook: Hook) throws {
    self.hook = hook
    watched = hook.event == .runProgram ? try Self.target() : nil
    var file = try Self.blueprint(hook.program, of: watched)
    try file.setVariable("thread", to: Self.thread())
    let hasCookies = hook.cookie.map { !KernelRelease.isOlder(than: $0.since) } ?? false
    try file.setVariable("has_cookies", to: Int32(hasCookies ? 1 : 0))
    object = try file.load()
  }

  /// The calling thread's number.
  private static func thread() throws -> Int32 {
    var target = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/thread-self", &target, target.count)
    let text = String(decoding: target.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return try #require(text.split(separator: "/").last.flatMap { Int32($0) })
  }

  var program: Program { get throws { try object.program(hook.program) } }

  /// How often three events run the program.
  func calls() throws -> UInt64 {
    let before = try object.variable("calls", as: UInt64.self)
    for _ in 0..<3 {
      switch hook.event {
      case .sleep:
        var time = timespec(tv_sec: 0, tv_nsec: 1)
        nanosleep(&time, nil)
      case .getParent: _ = getppid()
      case .openFile: close(open("/dev/null", O_RDONLY))
      // The kernel calls functions for such programs.
      case .testRun: _ = try program.run()
      case .runProgram: _ = try watched?.run(data: [UInt8](repeating: 0, count: 64))
      }
    }
    return try object.variable("calls", as: UInt64.self) - before
  }

  var hasLinks: Bool { !KernelRelease.isOlder(than: hook.linksSince) }

  // MARK: - What holds for every hook

  /// The program runs until it is detached, and bpftool sees the link as we do.
  func expectToFire() throws {
    #expect(try calls() == 0)
    let link = try program.attach()
    #expect(try calls() == 3 * hook.runs)
    if hasLinks {
      try expectSeen(link, cookie: 0)
      let update = #expect(throws: BPFError.self) { try link.update(to: program) }
      #expect(update?.code == .unsupported)
      #expect(update?.explanation.contains("cannot be updated") == true)
    } else {
      #expect(link.id == nil && link.type == nil)
    }
    try link.detach()
    #expect(try eventually { try calls() == 0 })
  }

  /// The program is given its cookie.
  func expectCookie() throws {
    let cookie = try #require(hook.cookie)
    let number = UInt64(0x1234_5678_9abc_def0)
    let link = try cookie.attach(program, number)
    #expect(try calls() == 3 * hook.runs)
    #expect(try object.variable("cookie") == number)
    try expectSeen(link, cookie: number)
    try link.detach()
    #expect(try eventually { try calls() == 0 })
  }

  /// The program runs as long as its link is pinned.
  func expectToOutliveItsHolder() throws {
    try withBPFFileSystem { files in
      let path = files.appending("link")
      var link: Link? = try program.attach()
      try link?.pin(at: path)
      let id = link?.id
      link = nil
      #expect(try calls() == 3 * hook.runs)
      let pinned = try Link(pinnedAt: path)
      #expect(pinned.id == id && id != nil)
      try pinned.unpin(from: path)
      #expect(try calls() == 3 * hook.runs)
      try pinned.detach()
      #expect(try eventually { try calls() == 0 })
    }
  }

  /// The program runs as long as the pin of its link is there, and nothing else holds it.
  func expectToGoWithItsPin() throws {
    try withBPFFileSystem { files in
      let path = files.appending("link")
      var link: Link? = try program.attach()
      try link?.pin(at: path)
      link = nil
      #expect(try calls() == 3 * hook.runs)
      #expect(unlink(path.string) == 0)
      #expect(try eventually { try calls() == 0 })
    }
  }

  private func expectSeen(_ link: Link, cookie: UInt64) throws {
    let info = try link.info()
    #expect(try info.programID == program.id && info.id == link.id && info.type == link.type)
    #expect(hook.target(info.target, Hook.Described(watched: watched, cookie: cookie)), "\(info.target)")
    let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
    #expect(theirs["prog_id"].integer == info.programID.map { Int($0.rawValue) })
    #expect(theirs["type"].string == info.type.kernelName, "\(theirs)")
    guard case .tracing(_, let objectID, let typeID, _) = info.target else { return }
    // Its older releases do not show them.
    if let id = theirs["target_obj_id"].integer { #expect(id == Int(objectID)) }
    if let id = theirs["target_btf_id"].integer { #expect(id == Int(typeID)) }
  }
}
