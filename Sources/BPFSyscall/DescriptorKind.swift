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
    target = try FileLink.target(of: "/proc/self/fd/\(descriptor.rawValue)")
  }

  package static let map = DescriptorKind(target: "anon_inode:bpf-map")
  package static let program = DescriptorKind(target: "anon_inode:bpf-prog")
  package static let link = DescriptorKind(target: "anon_inode:bpf_link")
  package static let btf = DescriptorKind(target: "anon_inode:btf")
  package static let token = DescriptorKind(target: "anon_inode:bpf-token")

  /// Throws unless a descriptor is of this kind.
  package func prove(
    _ descriptor: FileDescriptor, path: FilePath? = nil, refusal: (DescriptorKind) -> String
  ) throws(BPFError) {
    let kind: DescriptorKind
    do throws(Errno) {
      kind = try DescriptorKind(of: descriptor)
    } catch {
      throw KernelFile.failure(
        .open, reading: "/proc/self/fd", error, path: path,
        "what descriptor \(descriptor.rawValue) is cannot be told")
    }
    guard kind.description == description else {
      throw BPFError(.open, .wrongObject, path: path, refusal(kind))
    }
  }

  /// Why a descriptor that was given for something is not that; nil if it is, or if it cannot be told.
  ///
  /// - Parameter purpose: what it was given as, such as `the token`.
  package func fault(of descriptor: FileDescriptor, givenAs purpose: String) -> String? {
    let given = "descriptor \(descriptor.rawValue), given as \(purpose),"
    do throws(Errno) {
      let kind = try DescriptorKind(of: descriptor).description
      return kind == description ? nil : "\(given) is \(kind), not \(description)"
    } catch {
      guard error == .noSuchFileOrDirectory, (try? descriptor.accessMode()) == nil else { return nil }
      return "\(given) is not open"
    }
  }

  package var description: String {
    switch target {
    case "anon_inode:bpf-map": "a BPF map"
    case "anon_inode:bpf-prog": "a BPF program"
    case "anon_inode:bpf_link", "anon_inode:[bpf_link]", "anon_inode:bpf-link": "a BPF link"
    case "anon_inode:btf": "a BTF object"
    // A file without a name on a BPF file system, as which /proc shows it.
    case "anon_inode:bpf-token", "/bpf-token (deleted)", "/bpf-token": "a BPF token"
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

/// The symbolic links of /proc.
enum FileLink {
  /// What a link says. One readlink(2).
  static func target(of path: String) throws(Errno) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = unsafe readlink(path, &buffer, buffer.count)
    guard length >= 0 else { throw Errno(rawValue: errno) }
    return String(decoding: buffer[..<length].map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }
}
