//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

extension BPFCommand {
  /// Creates a link to many kernel functions by their BTF. `BPF_LINK_CREATE`, Linux 7.2.
  ///
  /// - Parameters:
  ///   - typeIDs: the ids of the functions in the kernel's BTF.
  ///   - cookies: one for each function, or empty.
  package static func linkCreate(
    _ creation: LinkCreation, typeIDs: [UInt32], cookies: [UInt64]
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_link_create_tracing_multi()
    argument.header = creation.header
    argument.cnt = UInt32(clamping: typeIDs.count)
    // Every address is that of an array that outlives the call.
    return OwnedDescriptor(
      rawValue: try unsafe typeIDs.span.bytes.withUnsafeBytes { (ids) throws(Errno) in
        try unsafe cookies.span.bytes.withUnsafeBytes { (cookies) throws(Errno) in
          argument.ids = unsafe UInt64(address: ids.baseAddress)
          argument.cookies = unsafe cookies.isEmpty ? 0 : UInt64(address: cookies.baseAddress)
          return try bpf(LINUX_BPF_LINK_CREATE, &argument)
        }
      })
  }
}
