//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// What a file of the corpus says about a run of its programs:
///
///     // runs: run = 2
///     // then: sums[0] = 499500
///     // then: counts.count = 1
///
/// Each program that takes packets runs once. A value is the number in an element's first bytes, at most eight.
struct CorpusRun {
  /// The results by program.
  private var results: [String: Int32] = [:]
  /// The values of elements and the counts of maps, by what the line has before the equals sign.
  private var values: [(map: String, key: UInt64?, value: UInt64)] = []

  /// The types of programs that run with a packet and no other context.
  private static let types: Set<ProgramType> = [.xdp, .schedCLS, .socketFilter, .cgroupSKB]

  /// 64 bytes: a datagram from 192.0.2.1, port 4660, to 192.0.2.2, port 53. The fourth byte is 1.
  private static let packet: [UInt8] =
    [0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 1, 8, 0] + [0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0, 0]
    + [192, 0, 2, 1, 192, 0, 2, 2] + [0x12, 0x34, 0, 53, 0, 30, 0, 0] + [UInt8](repeating: 0, count: 22)

  init(_ source: String) throws {
    for line in source.split(separator: "\n") {
      if line.hasPrefix("// runs: ") {
        let match = try #require(line.wholeMatch(of: /\/\/ runs: (\w+) = (-?\d+)/), "\(line)")
        let result = try #require(Int32(match.2, radix: 10))
        results[String(match.1)] = result
      } else if line.hasPrefix("// then: ") {
        let match = try #require(
          line.wholeMatch(of: /\/\/ then: (\w+)(?:\[(\d+)\]|\.count) = (\d+)/), "\(line)")
        let value = try #require(UInt64(match.3, radix: 10))
        values.append((String(match.1), match.2.flatMap { UInt64($0, radix: 10) }, value))
      }
    }
  }

  /// Runs the programs, and compares their results and the values of maps after them.
  func expect(of object: Object) throws {
    let programs = object.programs.map(\.value).filter { Self.types.contains($0.type) }
    #expect(Set(programs.map(\.name)) == Set(results.keys))
    for program in programs {
      let result = try program.run(data: Self.packet)
      #expect(result.signedReturnValue == results[program.name], "\(program.name)")
    }
    for (name, key, value) in values {
      // A timer may still run.
      #expect(try eventually { try found(name, key, in: object) == value }, "\(name): \(value)")
    }
  }

  private func found(_ name: String, _ key: UInt64?, in object: Object) throws -> UInt64? {
    let map = try object.map(name)
    guard let key else { return UInt64(try map.count()) }
    let bytes = try map.lookup(Array(withUnsafeBytes(of: key.littleEndian) { Array($0) }.prefix(map.keySize)))
    return bytes?.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
