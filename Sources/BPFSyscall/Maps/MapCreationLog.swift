//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import SystemPackage

extension BPFCommand {
  /// Returns the kernel's log for a map that it rejects; empty if there is none, or if the kernel writes none for this
  /// command. Calls `BPF_MAP_CREATE` with `BPF_COMMON_ATTRS`, Linux 7.2.
  ///
  /// If the kernel creates the map after all, it is closed at once.
  package static func mapCreationLog(_ creation: borrowing MapCreation) -> String {
    var log = [UInt8](repeating: 0, count: 4096)
    var span = log.mutableSpan
    unsafe span.withUnsafeMutableBytes { log in
      var common = linux_bpf_common_attributes()
      common.log_buf = unsafe UInt64(address: log.baseAddress)
      common.log_size = UInt32(truncatingIfNeeded: log.count)
      common.log_level = 1
      let descriptor = try? withArgument(of: creation) { (argument) throws(Errno) in
        let size = UInt32(truncatingIfNeeded: MemoryLayout<linux_bpf_map_create>.size)
        let answer = unsafe linux_bpf_with_common_attributes(LINUX_BPF_MAP_CREATE, &argument, size, &common)
        guard answer >= 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -answer)) }
        return CInt(truncatingIfNeeded: answer)
      }
      if let descriptor { _ = OwnedDescriptor(rawValue: descriptor) }
    }
    return String(decoding: log.prefix { $0 != 0 }, as: UTF8.self)
  }
}
