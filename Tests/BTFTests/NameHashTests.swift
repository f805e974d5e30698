//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Testing

@testable import BTF

@Suite("Name hashes")
struct NameHashTests {
  /// Names of all lengths up to five words.
  static let names = (0...40).map { length in (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) } }

  @Test("A name's hash does not depend on its position or the bytes after it")
  func positions() {
    for name in Self.names {
      let hash = NameHash.of(name)
      for (before, after) in [(0, 0), (1, 0), (3, 1), (0, 7), (5, 8), (8, 40)] {
        let bytes =
          [UInt8](repeating: 0xff, count: before) + name + [0] + [UInt8](repeating: 0xff, count: after)
        let found = bytes.withUnsafeBytes { NameHash.of($0, from: before) }
        #expect(found == hash, "\(name.count) bytes, \(before) before, \(after) after")
      }
    }
  }

  @Test("Names that differ in one byte have different hashes")
  func differences() {
    for name in Self.names {
      var hashes: Set<UInt32> = [NameHash.of(name)]
      for index in name.indices {
        var other = name
        other[index] = UInt8(ascii: "_")
        hashes.insert(NameHash.of(other))
      }
      #expect(hashes.count == name.count + 1, "\(name.count) bytes")
    }
    #expect(Set(Self.names.map { NameHash.of($0) }).count == Self.names.count)
  }

  @Test("Hashes of the kernel's functions rarely collide")
  func collisions() throws {
    let kernel = try BTFTypes.vmlinux()
    let names = Set(kernel.ids(of: .function).compactMap { kernel[$0]?.name })
    let hashes = Set(names.map { NameHash.of(Array($0.utf8)) })
    // For 60,000 random 32-bit numbers, the expected number of equal pairs is less than one.
    #expect(names.count > 1000 && names.count - hashes.count < 10)
  }
}
