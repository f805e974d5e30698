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

/// The shared library of `Fixtures/probed.c`, compiled and loaded into this process. Calling its functions triggers the
/// probes. It is separate from the test executable, so that no compiler can inline the functions.
final class ProbedLibrary {
  let path: FilePath
  private let handle: UnsafeMutableRawPointer

  /// The fixtures, in a folder beside this file's folder.
  static let fixtures = FixtureObjects(beside: FilePath(#filePath).removingLastComponent().string)

  /// Compiles the library at a path, with additional compiler options.
  static func make(at path: FilePath, _ options: [String] = []) throws {
    let source = fixtures.directory.appending("probed.c")
    try withTemporaryDirectory { directory in
      let second = directory.appending("second.o")
      try Toolchain.compileForUserSpace(file: source, to: second, ["-O1", "-fPIC", "-c", "-DSECOND"])
      try Toolchain.compileForUserSpace(
        file: source, to: path,
        [
          second.string, "-O1", "-fPIC", "-shared", "-Wl,-soname,libprobed.so",
          // Otherwise two segments map the page with the semaphore: see SemaphoreTests.
          "-Wl,-z,separate-loadable-segments",
          "-Wl,--version-script=\(fixtures.directory.appending("probed.map"))",
        ] + options)
    }
  }

  /// A path of the same length as those of all libraries.
  private static let placeholder = FilePath("/tmp/lib---------------.so")

  init() throws {
    let name = UniqueName.next()
    let filled = name + String(repeating: "_", count: max(0, 15 - name.utf8.count))
    path = FilePath("/tmp/lib\(filled).so")
    try ProbedLibrary.make(at: path)
    handle = try #require(dlopen(path.string, RTLD_NOW | RTLD_LOCAL))
  }

  /// Compiles a fixture with macros that contain this library's path.
  ///
  /// Compiles with a placeholder path, and replaces it in the object. The compiler's input is then always the same, and
  /// the result is cached.
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

  /// Returns the first bytes of a function in memory.
  func code(of name: String, _ count: Int = 4) throws -> [UInt8] {
    let address = try #require(dlsym(handle, name))
    return Array(UnsafeRawBufferPointer(start: address, count: count))
  }

  /// Calls a function with two numbers.
  func call(_ name: String, _ first: Int32, _ second: Int32 = 0) throws -> Int32 {
    typealias Function = @convention(c) (Int32, Int32) -> Int32
    return unsafeBitCast(try #require(dlsym(handle, name)), to: Function.self)(first, second)
  }

  /// Calls a function with a number, an address and another number.
  func call(_ name: String, _ first: Int32, _ table: UnsafePointer<Int>, _ index: Int = 0) throws {
    typealias Function = @convention(c) (Int32, UnsafePointer<Int>, Int) -> Void
    unsafeBitCast(try #require(dlsym(handle, name)), to: Function.self)(first, table, index)
  }
}

/// The programs of `Fixtures/probes.bpf.c`, which count events of this process.
struct ProbePrograms {
  let object: Object
  let library: ProbedLibrary

  /// - Parameters:
  ///   - definitions: macros that contain the library's path.
  ///   - options: the options for loading the object.
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

  /// The number of program runs for this process.
  var calls: UInt64 { get throws { try object.variable("calls") } }

  /// Calls a function with two numbers once, and returns the number of program runs.
  func seen(_ name: String = "probed_sum", _ first: Int32 = 3, _ second: Int32 = 4) throws -> UInt64 {
    let before = try calls
    _ = try library.call(name, first, second)
    return try calls - before
  }
}
