//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures

/// The IDs of the types in `FixtureDescriptor.btf()`, and types of the kernel's own BTF.
package enum FixtureBTF {
  /// `int`, 4 bytes.
  package static let int32: UInt32 = 1
  /// `unsigned long`, 8 bytes.
  package static let uint64: UInt32 = 2
  /// `struct locked_value { int counter; struct bpf_spin_lock lock; }`, 8 bytes.
  package static let lockedValue: UInt32 = 4
  /// `struct lpm_key { int prefixlen; int data; }`, 8 bytes.
  package static let lpmKey: UInt32 = 5

  /// Returns the ID and the size in bytes of the running kernel's `struct name`.
  package static func vmlinux(_ name: String) throws(FixtureError) -> (id: UInt32, size: Int) {
    var size: UInt32 = 0
    let id = try check(kf_vmlinux_struct(name, &size), "find struct \(name) in the kernel's BTF")
    return (UInt32(id), Int(size))
  }
}
