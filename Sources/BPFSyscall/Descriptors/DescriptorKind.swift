//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
package import SystemPackage

/// The kind of object that a file descriptor refers to.
///
/// BPF objects are anonymous inodes whose name in /proc contains their kind. bpf(2) does not reveal it: for a program,
/// it fills in a program's fields even where the caller expects a map's.
package struct DescriptorKind: Equatable, Sendable, CustomStringConvertible {
  /// The link text in /proc/self/fd, such as `anon_inode:bpf-map` or `socket:[4711]`.
  package let target: String

  package init(target: String) { self.target = target }

  /// Reads a descriptor's kind. One readlink(2).
  package init(of descriptor: FileDescriptor) throws(Errno) {
    target = try FileLink.target(of: "/proc/self/fd/\(descriptor.rawValue)")
  }

  package static let map = DescriptorKind(target: "anon_inode:bpf-map")
  package static let program = DescriptorKind(target: "anon_inode:bpf-prog")
  package static let link = DescriptorKind(target: "anon_inode:bpf_link")
  package static let btf = DescriptorKind(target: "anon_inode:btf")
  package static let token = DescriptorKind(target: "anon_inode:bpf-token")

  /// Throws unless a descriptor is of this kind.
  package func require(
    _ descriptor: FileDescriptor, path: FilePath? = nil, refusal: (DescriptorKind) -> String
  ) throws(BPFError) {
    let kind: DescriptorKind
    do throws(Errno) {
      kind = try DescriptorKind(of: descriptor)
    } catch {
      throw KernelFile.failure(
        .open, reading: "/proc/self/fd", error, path: path,
        "cannot tell the kind of descriptor \(descriptor.rawValue)")
    }
    guard kind.description == description else {
      throw BPFError(.open, .wrongObject, path: path, refusal(kind))
    }
  }

  /// Explains why a descriptor is not of this kind; nil if it is, or if its kind cannot be read.
  ///
  /// - Parameter purpose: the argument's role, such as `the token`.
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
    // The name in /proc of an unnamed file on a BPF file system.
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
  /// Returns a link's target. One readlink(2).
  static func target(of path: String) throws(Errno) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = unsafe readlink(path, &buffer, buffer.count)
    guard length >= 0 else { throw Errno(rawValue: errno) }
    return String(decoding: buffer[..<length].map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }
}
