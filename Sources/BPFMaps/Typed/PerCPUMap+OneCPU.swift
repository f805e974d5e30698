//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension PerCPUMap {
  /// Looks up one CPU's value of a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM` with `BPF_F_CPU`. No allocation for values up to 1 KiB. Linux 7.0.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - cpu: the number of a possible CPU.
  /// - Returns: the value, or nil if the key is not in the map.
  /// - Throws: `BPFError`; `.outOfBounds` if there is no such CPU, `.unsupported` before Linux 7.0, `.writeOnly` if the
  ///   handle may not read.
  @inlinable
  public func lookup(_ key: Key, onCPU cpu: Int) throws(BPFError) -> Value? {
    try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
      try unsafe valueLayout.decode { (value) throws(BPFError) in
        try unsafe handle.lookup(at: key, into: value, .cpu(cpu))
      }
    }
  }

  /// Sets one CPU's value of a key. The other CPUs' values stay, and are zero if the key was not in the map.
  ///
  /// Programs on other CPUs may write their values meanwhile, which ``update(_:to:flags:)`` would overwrite.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM` with `BPF_F_CPU`. No allocation if the values of all CPUs take up to
  /// 1 KiB. Linux 7.0.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - cpu: the number of a possible CPU.
  ///   - value: the CPU's value.
  /// - Throws: `BPFError`, as ``update(_:to:flags:)``; `.outOfBounds` if there is no such CPU, `.unsupported` before
  ///   Linux 7.0.
  @inlinable
  public func update(
    _ key: Key, onCPU cpu: Int, to value: Value
  ) throws(BPFError) {
    let layout = valueLayout
    // Before Linux 7.0 the kernel reads the values of all CPUs before it rejects the flag.
    try unsafe updateSlots(key, .cpu(cpu)) { slots in
      unsafe layout.encode(value, inSlot: 0, of: slots)
    }
  }
}

extension IndexedMap where Self: PerCPUMap {
  /// Looks up one CPU's value at an index. Returns nil beyond the end. See ``PerCPUMap/lookup(_:onCPU:)``.
  @inlinable
  public func lookup(_ index: Int, onCPU cpu: Int) throws(BPFError) -> Value? {
    try lookup(key(index), onCPU: cpu)
  }

  /// Sets one CPU's value at an index. See ``PerCPUMap/update(_:onCPU:to:)``.
  @inlinable
  public func update(
    _ index: Int, onCPU cpu: Int, to value: Value
  ) throws(BPFError) {
    try update(key(index), onCPU: cpu, to: value)
  }
}
