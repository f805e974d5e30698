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

/// The main use of one part of the library, from nothing to what is told of it. The same each time it is run.
struct Scenario: Sendable {
  let name: String
  /// Whether each run has a network namespace of its own.
  var isolatesNetwork = false
  /// Errors with which the result may differ though nothing is thrown, because the documentation says so.
  var documentedDifferences: Set<Errno> = []
  /// Returns what was seen: nothing that differs from run to run.
  let run: @Sendable (Surroundings) throws -> String

  static let all: [Scenario] = [
    .maps, .typedMaps, .objects, .kernel, .symbols, .links, .networkLinks, .events,
  ]
}

/// What a scenario finds, made before its system calls are counted.
struct Surroundings {
  /// A directory on a BPF file system.
  let pins: FilePath
  /// The directory with the objects of `Programs`.
  let objects: FilePath
  /// Types for maps: `FixtureBTF`.
  let types: FixtureDescriptor

  func object(_ name: String) -> FilePath { objects.appending("\(name).bpf.o") }
}

/// A scenario saw what must not be.
struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Pins with `pin`, which must leave nothing at `path` if it throws.
func pinned(at path: FilePath, _ pin: (FilePath) throws -> Void) throws {
  do {
    try pin(path)
  } catch {
    guard access(path.string, F_OK) != 0 else { throw Unexpected("a pin that failed (\(error)) is there") }
    throw error
  }
}
