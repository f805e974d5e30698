//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc
package import SystemPackage

/// What a file descriptor stands for.
///
/// BPF objects are anonymous inodes and carry their kind in the name that /proc shows. bpf(2) itself does not
/// tell: asked for the information of a program, it fills in a program's fields where a map's were expected.
package struct DescriptorKind: Equatable, Sendable, CustomStringConvertible {
  /// What /proc/self/fd says, such as `anon_inode:bpf-map` or `socket:[4711]`.
  package let target: String

  package init(target: String) { self.target = target }

  /// Reads what the kernel says of a descriptor. One readlink(2).
  package init(of descriptor: FileDescriptor) throws(Errno) {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = unsafe readlink("/proc/self/fd/\(descriptor.rawValue)", &buffer, buffer.count)
    guard length >= 0 else { throw Errno(rawValue: errno) }
    target = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  package static let map = DescriptorKind(target: "anon_inode:bpf-map")
  package static let program = DescriptorKind(target: "anon_inode:bpf-prog")
  package static let link = DescriptorKind(target: "anon_inode:bpf_link")

  /// Throws unless a descriptor is of this kind.
  package func prove(
    _ descriptor: FileDescriptor, path: FilePath? = nil, refusal: (DescriptorKind) -> String
  ) throws(BPFError) {
    let kind: DescriptorKind
    do throws(Errno) {
      kind = try DescriptorKind(of: descriptor)
    } catch {
      throw BPFError(
        .open, .unavailable, errno: error, path: path,
        "what it is cannot be told without /proc; is it mounted?")
    }
    guard kind.description == description else {
      throw BPFError(.open, .wrongObject, path: path, refusal(kind))
    }
  }

  package var description: String {
    switch target {
    case "anon_inode:bpf-map": "a BPF map"
    case "anon_inode:bpf-prog": "a BPF program"
    case "anon_inode:bpf_link", "anon_inode:[bpf_link]", "anon_inode:bpf-link": "a BPF link"
    case "anon_inode:btf": "a BTF object"
    case "anon_inode:bpf_token", "anon_inode:bpf-token": "a BPF token"
    case "anon_inode:bpf_iter": "a BPF iterator"
    case "anon_inode:[perf_event]": "a perf event"
    case "anon_inode:[eventpoll]": "an epoll instance"
    default:
      if target.hasPrefix("socket:") {
        "a socket"
      } else if target.hasPrefix("pipe:") {
        "a pipe"
      } else if target.hasPrefix("/") {
        "the file '\(target)'"
      } else {
        "'\(target)'"
      }
    }
  }
}
