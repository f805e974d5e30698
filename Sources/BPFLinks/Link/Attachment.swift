//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// A reference that keeps a program attached while it exists: a kernel link, or where the kernel has no link, an object
/// that detaches the program on deinitialization.
protocol Attachment: AnyObject, Sendable {
  /// The link's descriptor; nil if there is none.
  var link: FileDescriptor? { get }

  /// Detaches the program now, for all holders of the attachment.
  func detach() throws(Errno) -> Detachment

  /// Leaves the program attached when this object is released.
  ///
  /// - Returns: whether that is possible; a kernel link cannot outlive its last holder.
  func leave() -> Bool
}

/// The result of detaching a program.
enum Detachment: Equatable {
  /// The program is detached, by this call or an earlier event.
  case detached
  /// The kernel detaches the program when the last holder releases the link.
  case whenReleased
  /// Another program has replaced it and stays attached; with that program's id, if it is known.
  case replaced(by: ProgramID?)
}

/// A kernel link, which detaches its program when its last descriptor and pin are gone.
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
      // Links of this type cannot be detached, or no link can: Linux 5.9 introduced the command.
      case .notSupported, .notSupportedByKernel, .invalidArgument: return .whenReleased
      // It is detached already, for example because the device or control group is gone.
      case .noLink: return .detached
      default: throw error
      }
    }
  }

  func leave() -> Bool { false }
}
