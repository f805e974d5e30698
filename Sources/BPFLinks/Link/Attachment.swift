//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// What keeps a program attached as long as somebody has it: a link of the kernel, or where the kernel has none for a
/// place, something that undoes the attachment when it goes.
protocol Attachment: AnyObject, Sendable {
  /// The link's descriptor; nil if there is none.
  var link: FileDescriptor? { get }

  /// Detaches the program now, for all who hold the attachment.
  func detach() throws(Errno) -> Detachment

  /// Leaves the program attached when this goes.
  ///
  /// - Returns: whether that can be; a link of the kernel cannot outlive its last holder.
  func leave() -> Bool
}

/// What came of detaching a program.
enum Detachment: Equatable {
  /// It is detached, by this call or before it.
  case detached
  /// It will be when the last who holds it lets go.
  case whenReleased
  /// Another program stands in its place and was left there; its id, where it has one.
  case replaced(by: ProgramID?)
}

/// A link of the kernel, which detaches its program when its last descriptor and pin are gone.
final class KernelLink: Attachment {
  private let descriptor: OwnedDescriptor

  init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

  var link: FileDescriptor? { descriptor.borrowed }

  func detach() throws(Errno) -> Detachment {
    do throws(Errno) {
      try BPFCommand.linkDetach(descriptor.borrowed)
      return .detached
    } catch {
      switch error {
      // Links of this type have no such operation, or no links have before Linux 5.9.
      case .notSupported, .notSupportedByKernel, .invalidArgument: return .whenReleased
      // It is so already, as after the device or control group has gone.
      case .noLink: return .detached
      default: throw error
      }
    }
  }

  func leave() -> Bool { false }
}
