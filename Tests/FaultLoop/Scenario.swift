//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The main use of one part of the library, from scratch and with the same result each time.
struct Scenario: Sendable {
  let name: String
  /// Whether each run gets a network namespace of its own.
  var isolatesNetwork = false
  /// Errors that may change the result without an error being thrown, as documented.
  var documentedDifferences: Set<Errno> = []
  /// Runs the scenario. Returns its observations, which must not differ from run to run.
  let run: @Sendable (Surroundings) throws -> String

  static let all: [Scenario] = [
    .maps, .typedMaps, .objects, .kernel, .symbols, .links, .networkLinks, .events,
  ]
}

/// The fixtures of a scenario, created before its system calls are counted.
struct Surroundings {
  /// A directory on a BPF file system.
  let pins: FilePath
  /// The directory of the objects compiled from `Programs`.
  let objects: FilePath
  /// The BTF of `FixtureBTF`, for typed maps.
  let types: FixtureDescriptor

  func object(_ name: String) -> FilePath { objects.appending("\(name).bpf.o") }
}

/// An observation that breaks the library's promises.
struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Pins with `pin`, which must leave nothing at `path` if it throws.
func pinned(at path: FilePath, _ pin: (FilePath) throws -> Void) throws {
  do {
    try pin(path)
  } catch {
    guard access(path.string, F_OK) != 0 else {
      throw Unexpected("pinning failed (\(error)) but left a file")
    }
    throw error
  }
}
