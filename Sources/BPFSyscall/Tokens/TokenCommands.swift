//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

extension BPFCommand {
  /// Creates a token from the root of a BPF file system. `BPF_TOKEN_CREATE`, Linux 6.9.
  package static func tokenCreate(_ fileSystem: FileDescriptor) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_token_create()
    argument.bpffs_fd = UInt32(bitPattern: fileSystem.rawValue)
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_TOKEN_CREATE, &argument))
  }
}
