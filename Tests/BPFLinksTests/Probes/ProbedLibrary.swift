//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The shared library of `Fixtures/probed.c`, compiled and loaded into this process: calling its functions causes the
/// events that tests wait for. It is no part of the test's own executable, so that no compiler can inline them.
final class ProbedLibrary {
  let path: FilePath
  private let handle: UnsafeMutableRawPointer

  /// The folder of fixtures is beside the folder of this file.
  static let fixtures = FixtureObjects(beside: FilePath(#filePath).removingLastComponent().string)

  /// Makes the library at a path, with more options for the compiler.
  static func make(at path: FilePath, _ options: [String] = []) throws {
    let source = fixtures.directory.appending("probed.c")
    try withTemporaryDirectory { directory in
      let second = directory.appending("second.o")
      try Toolchain.compileForUserSpace(file: source, to: second, ["-O1", "-fPIC", "-c", "-DSECOND"])
      try Toolchain.compileForUserSpace(
        file: source, to: path,
        [
          second.string, "-O1", "-fPIC", "-shared", "-Wl,-soname,libprobed.so",
          // Else two segments have the page with the counter of those who listen: see the tests of semaphores.
          "-Wl,-z,separate-loadable-segments",
          "-Wl,--version-script=\(fixtures.directory.appending("probed.map"))",
        ] + options)
    }
  }

  /// A path of as many bytes as those of all libraries.
  private static let placeholder = FilePath("/tmp/lib---------------.so")

  init() throws {
    let name = UniqueName.next()
    let filled = name + String(repeating: "_", count: max(0, 15 - name.utf8.count))
    path = FilePath("/tmp/lib\(filled).so")
    try ProbedLibrary.make(at: path)
    handle = try #require(dlopen(path.string, RTLD_NOW | RTLD_LOCAL))
  }

  /// The object that a fixture becomes with macros that are given this library's path.
  ///
  /// It is compiled with another path, which the library's takes the place of in the object: what is compiled is the same
  /// each time, and found in a cache.
  func object(_ name: String, definitions: (FilePath) -> [String]) throws -> ObjectFile {
    let (placeholder, path) = (Self.placeholder.string.utf8, self.path.string.utf8)
    return try Self.fixtures.object(name, definitions: definitions(Self.placeholder)) { bytes in
      while let range = bytes.firstRange(of: placeholder) { bytes.replaceSubrange(range, with: path) }
    }
  }

  deinit {
    dlclose(handle)
    unlink(path.string)
  }

  /// The first bytes of a function, as they are in memory.
  func code(of name: String, _ count: Int = 4) throws -> [UInt8] {
    let address = try #require(dlsym(handle, name))
    return Array(UnsafeRawBufferPointer(start: address, count: count))
  }

  /// A function of two numbers, called.
  func call(_ name: String, _ first: Int32, _ second: Int32 = 0) throws -> Int32 {
    typealias Function = @convention(c) (Int32, Int32) -> Int32
    return unsafeBitCast(try #require(dlsym(handle, name)), to: Function.self)(first, second)
  }

  /// A function of a number, an address and another number, called.
  func call(_ name: String, _ first: Int32, _ table: UnsafePointer<Int>, _ index: Int = 0) throws {
    typealias Function = @convention(c) (Int32, UnsafePointer<Int>, Int) -> Void
    unsafeBitCast(try #require(dlsym(handle, name)), to: Function.self)(first, table, index)
  }
}

/// The programs of `Fixtures/probes.bpf.c`, which count what this process does.
struct ProbePrograms {
  let object: Object
  let library: ProbedLibrary

  /// - Parameters:
  ///   - definitions: macros, given the library's path.
  ///   - options: how the object is loaded.
  init(
    definitions: (FilePath) -> [String] = { _ in [] }, _ options: LoadOptions = LoadOptions()
  ) throws {
    library = try ProbedLibrary()
    var file = try library.object("probes", definitions: definitions)
    try file.setVariable("process", to: getpid())
    object = try file.load(options)
  }

  subscript(name: String) -> Program {
    get throws { try #require(object.programs[name]) }
  }

  /// How often programs have run for this process.
  var calls: UInt64 { get throws { try object.variable("calls") } }

  /// How often a function of two numbers, called once, runs programs.
  func seen(_ name: String = "probed_sum", _ first: Int32 = 3, _ second: Int32 = 4) throws -> UInt64 {
    let before = try calls
    _ = try library.call(name, first, second)
    return try calls - before
  }
}
