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

/// A kind of hook that some kernels lack, with its program in `hooks.bpf.c`.
struct Hook: Sendable, CustomTestStringConvertible {
  /// The program's name.
  let program: String
  /// The event that runs the program.
  let event: Event
  /// The number of runs for each event.
  var runs: UInt64 = 1
  /// The first release with links for this hook.
  var linksSince = "5.7"
  /// The first release with cookies for this hook, and a closure that attaches with a cookie; nil without support.
  var cookie: Cookie?
  /// Whether the kernel's description of the link is as expected.
  let target: @Sendable (LinkInfo.Target, Described) -> Bool

  typealias Cookie = (since: String, attach: @Sendable (Program, UInt64) throws -> Link)

  /// The expected properties of a link.
  struct Described {
    /// The program that is traced or replaced; nil for hooks of the kernel.
    let watched: Program?
    let cookie: UInt64
  }

  enum Event { case sleep, getParent, openFile, runProgram, testRun }

  var testDescription: String { program }
}

/// A loaded program for a hook, which counts events of the calling thread.
struct HookedProgram {
  let hook: Hook
  let object: Object
  /// The program that is traced or replaced; nil for hooks of the kernel.
  let watched: Program?

  private static let file = Result { try FixtureObjects(beside: #filePath).object("hooks") }

  /// Returns the fixture with only one program to load.
  static func blueprint(_ name: String, of watched: Program? = nil) throws -> ObjectFile {
    var file = try file.get()
    var definition = try #require(file.programs[name])
    (definition.isLoaded, definition.targetProgram) = (true, watched)
    file.programs[name] = definition
    return file
  }

  /// Loads the program whose function others replace or trace.
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

  /// Returns the calling thread's ID.
  private static func thread() throws -> Int32 {
    var target = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/thread-self", &target, target.count)
    let text = String(decoding: target.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return try #require(text.split(separator: "/").last.flatMap { Int32($0) })
  }

  var program: Program { get throws { try object.program(hook.program) } }

  /// Triggers three events and returns the number of program runs.
  func calls() throws -> UInt64 {
    let before = try object.variable("calls", as: UInt64.self)
    for _ in 0..<3 {
      switch hook.event {
      case .sleep:
        var time = timespec(tv_sec: 0, tv_nsec: 1)
        nanosleep(&time, nil)
      case .getParent: _ = getppid()
      case .openFile: close(open("/dev/null", O_RDONLY))
      // A test run of such a program calls kernel functions.
      case .testRun: _ = try program.run()
      case .runProgram: _ = try watched?.run(data: [UInt8](repeating: 0, count: 64))
      }
    }
    return try object.variable("calls", as: UInt64.self) - before
  }

  var hasLinks: Bool { !KernelRelease.isOlder(than: hook.linksSince) }

  // MARK: - Behavior of every hook

  /// Expects the program to run until it is detached, and bpftool to show the same link.
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

  /// Expects the program to read its cookie.
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

  /// Expects a pin to keep the program attached.
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

  /// Expects the program to be detached when its only holder, a pin, is removed.
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
    guard let traced = info.target.tracing else { return }
    // Older releases of bpftool do not show them.
    if let id = theirs["target_obj_id"].integer { #expect(id == Int(traced.objectID)) }
    if let id = theirs["target_btf_id"].integer { #expect(id == Int(traced.typeID)) }
  }
}
