//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A process in its own mount namespace, as in a container, that calls functions of a library.
private final class ContainedCaller {
  private let executable: FilePath
  private let command: BackgroundCommand
  var process: pid_t { command.process }

  /// - Parameters:
  ///   - script: bash(1) commands, such as mounts, to run before the process starts.
  ///   - library: the path or name with which it opens the library.
  init(_ script: String, library: String) throws {
    executable = FilePath("/tmp/\(UniqueName.next())")
    try Toolchain.compileForUserSpace(
      file: ProbedLibrary.fixtures.directory.appending("caller.c"), to: executable, [])
    let start = MountNamespace.command("set -e\n\(script)\nexec \(executable) \(library)")
    let command = try BackgroundCommand(start)
    self.command = command
    let own = try #require(executable.resolved)
    try #require(eventually { FilePath("/proc/\(command.process)/exe").resolved == own })
  }

  deinit { unlink(executable.string) }
}

@Suite(
  "Probes on processes in other mount namespaces", .serialized, .bpftool, .notEmulated(.takesLong))
struct MountNamespaceTests {
  /// Loads the programs, which count events of one process.
  private func programs(for process: pid_t, _ options: LoadOptions = LoadOptions()) throws -> Object {
    let names = ["LINUX_HAS_BPF_COOKIE=CONFIG_PROBES_HAVE_COOKIES"]
    var file = try ProbedLibrary.fixtures.object(
      "probes", definitions: options.kernelConfiguration == nil ? [] : names)
    try file.setVariable("process", to: process)
    return try file.load(options)
  }

  /// Attaches a program and expects it to run for the process's events.
  private func expectHeard(
    _ object: Object, _ name: String, _ attach: (Program) throws -> Link,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    func calls() throws -> UInt64 { try object.variable("calls") }
    let link = try attach(#require(object.programs[name]))
    let before = try calls()
    #expect(try eventually { try calls() > before + 3 }, "\(name)", sourceLocation: sourceLocation)
    try link.detach()
  }

  /// Runs `body` with a process that sees another library at the same path.
  private func withOtherLibrary(
    _ body: (_ caller: ContainedCaller, _ path: FilePath, _ other: FilePath) throws -> Void
  ) throws {
    try withTemporaryDirectory { directory in
      let (path, other) = (directory.appending("libsame.so"), directory.appending("other.so"))
      try ProbedLibrary.make(at: path)
      try ProbedLibrary.make(at: other)
      let caller = try ContainedCaller("mount --bind \(other) \(path)", library: path.string)
      try withExtendedLifetime(caller) { try body(caller, path, other) }
    }
  }

  @Test("A probe is set on the process's own file at the path", .kernel(since: "6.6"))
  func samePath() throws {
    try withOtherLibrary { caller, path, other in
      let process = caller.process
      let object = try programs(for: process)
      let offset = try ExecutableFile(other).offset(of: "probed_sum")
      try expectHeard(object, "on_call") { try $0.attach(toUprobe: "probed_sum", of: path, process: process) }
      try expectHeard(object, "on_return") {
        try $0.attach(toUprobe: "probed_sum", of: path, process: process, isReturn: true)
      }
      try expectHeard(object, "on_call") { try $0.attach(toUprobeAt: offset, of: path, process: process) }
      try expectHeard(object, "on_many") {
        try $0.attach(toUprobes: ["probed_sum"], of: path, process: process)
      }
      try expectHeard(object, "on_many") { try $0.attach(toUprobesAt: [offset], of: path, process: process) }
      try expectHeard(object, "on_many") {
        try $0.attach(toUprobesMatching: "probed_s?m", of: path, process: process)
      }
      for name in ["on_static", "on_single_static"] {
        try expectHeard(object, name) {
          try $0.attach(toUSDT: "twice", provider: "probed", of: path, process: process)
        }
      }
      // Paths in /proc are the caller's, and refer to the same file.
      let reached = FilePath("/proc/\(process)/root").appending(path.components)
      try expectHeard(object, "on_call") {
        try $0.attach(toUprobe: "probed_sum", of: reached, process: process)
      }
      // Without a process, the path refers to the caller's file, which this process does not map.
      let calls = try object.variable("calls", as: UInt64.self)
      let all = try #require(object.programs["on_call"]).attach(toUprobe: "probed_sum", of: path)
      usleep(50_000)
      #expect(try object.variable("calls", as: UInt64.self) == calls)
      try all.detach()
    }
  }

  @Test("Without cookies, finds the process's mapping of its own file")
  func addresses() throws {
    try withOtherLibrary { caller, path, _ in
      let object = try programs(
        for: caller.process, LoadOptions(kernelConfiguration: "CONFIG_PROBES_HAVE_COOKIES=n\n"))
      try expectHeard(object, "on_static") {
        try $0.attach(
          toUSDT: "twice", provider: "probed", of: path, process: caller.process, cookie: 0, hasCookies: false
        )
      }
    }
  }

  @Test("Finds a library by name as the process's dynamic linker does", .kernel(since: "6.6"))
  func names() throws {
    try withTemporaryDirectory { directory in
      let library = directory.appending("libprobed.so")
      try ProbedLibrary.make(at: library)
      try withTemporaryDirectory { hidden in
        // Finds it by LD_LIBRARY_PATH, through an absolute link, to a file that only the process sees.
        let linked = try ContainedCaller(
          """
          mount -t tmpfs none \(hidden)
          cp \(library) \(hidden)/real.so
          ln -s \(hidden)/real.so \(hidden)/libprobed.so
          export LD_LIBRARY_PATH=\(hidden)
          """, library: "libprobed.so")
        defer { withExtendedLifetime(linked) {} }
        let object = try programs(for: linked.process)
        try expectHeard(object, "on_call") {
          try $0.attach(toUprobe: "probed_sum", of: "libprobed.so", process: linked.process)
        }
        try expectHeard(object, "on_call") {
          try $0.attach(toUprobe: "probed_sum", of: hidden.appending("libprobed.so"), process: linked.process)
        }
        // Finds it by the ld.so.cache that the process sees.
        let (configuration, cache) = (hidden.appending("ld.so.conf"), hidden.appending("ld.so.cache"))
        try withTemporaryFile(configuration, "\(directory)\n")
        let made = try Command.run("/sbin/ldconfig", ["-X", "-f", configuration.string, "-C", cache.string])
        try #require(made.status == 0, "\(made.standardError)")
        let listed = try ContainedCaller("mount --bind \(cache) /etc/ld.so.cache", library: "libprobed.so")
        defer { withExtendedLifetime(listed) {} }
        let other = try programs(for: listed.process)
        try expectHeard(other, "on_many") {
          try $0.attach(toUprobes: ["probed_sum"], of: "libprobed.so", process: listed.process)
        }
        #expect(throws: BPFError.self) { try ExecutableFile.find("libprobed.so") }
      }
    }
  }

  private func withTemporaryFile(_ path: FilePath, _ text: String) throws {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .exclusiveCreate], permissions: [.ownerReadWrite])
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  @Test("Errors explain that a file was searched in the process's root")
  func refusals() throws {
    let library = try ProbedLibrary()
    let caller = try ContainedCaller("", library: library.path.string)
    defer { withExtendedLifetime(caller) {} }
    let object = try programs(for: caller.process)
    let program = try #require(object.programs["on_call"])
    func refusal(_ file: FilePath) -> BPFError? {
      #expect(throws: BPFError.self) {
        try program.attach(toUprobe: "probed_sum", of: file, process: caller.process)
      }
    }
    let relative = refusal("./libprobed.so")
    #expect(relative?.code == .invalidArgument && relative?.explanation.contains("absolute path") == true)
    let name = refusal("libnosuch.so")
    #expect(name?.code == .notFound)
    #expect(name?.explanation.contains("root directory of process \(caller.process)") == true)
    let missing = refusal("/no/such/file")
    #expect(
      missing?.code == .notFound && missing?.description.contains("/proc/\(caller.process)/root/no") == true)
    // A namespace with the same mounts has the same file.
    try expectHeard(object, "on_call") {
      try $0.attach(toUprobe: "probed_sum", of: library.path, process: caller.process)
    }
  }
}
