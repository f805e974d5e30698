//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Memory of the kernel, at addresses that may be invalid.
public enum KernelMemory {
  /// Returns a copy of a value; nil if the address is invalid (`bpf_probe_read_kernel`, Linux 5.5).
  @inline(__always)
  public static func read<T: BitwiseCopyable>(_ type: T.Type = T.self, at address: UInt64) -> T? {
    requireKernel()
    return unsafe withMemory(of: type) { value in
      unsafe bpf_probe_read_kernel(
        value, UInt32(truncatingIfNeeded: MemoryLayout<T>.size), UnsafeRawPointer(bitPattern: UInt(address)))
        == 0
        ? value.pointee : nil
    }
  }

  /// Copies a string that ends with a zero, cut to the size of the buffer. Returns the number of bytes with the zero; nil
  /// if the address is invalid (`bpf_probe_read_kernel_str`, Linux 5.5).
  @inline(__always)
  public static func readString<T: BitwiseCopyable>(into buffer: inout T, at address: UInt64) -> UInt32? {
    requireKernel()
    let count = unsafe bpf_probe_read_kernel_str(
      &buffer, UInt32(truncatingIfNeeded: MemoryLayout<T>.size), UnsafeRawPointer(bitPattern: UInt(address)))
    return count < 0 ? nil : UInt32(truncatingIfNeeded: count)
  }
}

/// Memory of the process that the program interrupts.
public enum UserMemory {
  /// Returns a copy of a value; nil if the address is invalid, or if its page is not in memory (`bpf_probe_read_user`,
  /// Linux 5.5).
  @inline(__always)
  public static func read<T: BitwiseCopyable>(_ type: T.Type = T.self, at address: UInt64) -> T? {
    requireKernel()
    return unsafe withMemory(of: type) { value in
      unsafe bpf_probe_read_user(
        value, UInt32(truncatingIfNeeded: MemoryLayout<T>.size), UnsafeRawPointer(bitPattern: UInt(address)))
        == 0
        ? value.pointee : nil
    }
  }

  /// Copies at most the given number of bytes to the start of a buffer, and never more than it has. Returns whether it did
  /// (`bpf_probe_read_user`, Linux 5.5).
  @inline(__always)
  public static func copy<T: BitwiseCopyable>(_ count: UInt32, at address: UInt64, to buffer: inout T) -> Bool
  {
    requireKernel()
    return unsafe bpf_probe_read_user(
      &buffer, min(count, UInt32(truncatingIfNeeded: MemoryLayout<T>.size)),
      UnsafeRawPointer(bitPattern: UInt(address))) == 0
  }

  /// Copies a string that ends with a zero, cut to the size of the buffer. Returns the number of bytes with the zero; nil
  /// if the address is invalid (`bpf_probe_read_user_str`, Linux 5.5).
  @inline(__always)
  public static func readString<T: BitwiseCopyable>(into buffer: inout T, at address: UInt64) -> UInt32? {
    requireKernel()
    let count = unsafe bpf_probe_read_user_str(
      &buffer, UInt32(truncatingIfNeeded: MemoryLayout<T>.size), UnsafeRawPointer(bitPattern: UInt(address)))
    return count < 0 ? nil : UInt32(truncatingIfNeeded: count)
  }

  /// Copies a value, and waits for pages that are not in memory: for programs that may sleep, as in the section `uprobe.s`
  /// (`bpf_copy_from_user`, Linux 5.10). Returns nil if the address is invalid.
  @inline(__always)
  public static func readSleeping<T: BitwiseCopyable>(_ type: T.Type = T.self, at address: UInt64) -> T? {
    requireKernel()
    return unsafe withMemory(of: type) { value in
      unsafe bpf_copy_from_user(
        value, UInt32(truncatingIfNeeded: MemoryLayout<T>.size), UnsafeRawPointer(bitPattern: UInt(address)))
        == 0
        ? value.pointee : nil
    }
  }
}
