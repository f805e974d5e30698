//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

extension OwnedDescriptor {
  /// Opens a descriptor of a process (a pidfd), close-on-exec. pidfd_open(2), Linux 5.3.
  ///
  /// - Parameter process: the process ID.
  package static func process(_ process: Int32) throws(Errno) -> OwnedDescriptor {
    let descriptor = linux_pidfd_open(process)
    guard descriptor >= 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -descriptor)) }
    return OwnedDescriptor(rawValue: CInt(truncatingIfNeeded: descriptor))
  }
}
