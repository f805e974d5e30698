//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import Synchronization
public import SystemPackage

/// An attached program. It stays attached while this object exists.
///
/// The attaching functions return a link. Releasing its last reference detaches the program, unless another holder
/// keeps the link: a pin, a duplicate, another process. Keep the link in a property, or detach it explicitly:
///
/// ```swift
/// let object = try ObjectFile("calls.bpf.o").load()
/// let link = try object.program("on_call").attach()
/// // …
/// try link.detach()
/// ```
///
/// Most attach targets have kernel links, which have an id, can be pinned, and outlive the process. Some targets, and
/// older kernels, have none. The program is then attached without a link, ``id`` and ``type`` are nil, and this object
/// detaches the program when it is released.
public final class Link: Sendable {
  /// The kernel's id for the link, valid while it exists; nil for an attachment without a kernel link.
  public let id: LinkID?

  /// The type of the link; nil for an attachment without a kernel link.
  public let type: LinkType?

  /// The program that was attached when the link was opened; nil for struct_ops links, which have a map instead.
  public let programID: ProgramID?

  /// A description of the attach target, such as `tracepoint 'sched:sched_switch'`; empty for a link that was opened:
  /// see ``info()``.
  public let target: String

  /// The functions that match the program's pattern but cannot be probed, with reasons. Empty for all other links, and
  /// for one that was opened.
  public let skippedFunctions: [SkippedFunction]

  /// The attachment; nil once it is detached.
  private let attachment: Mutex<(any Attachment)?>

  /// Creates an object for a kernel link.
  convenience init(
    adopting descriptor: consuming OwnedDescriptor, to target: String = "", operation: BPFError.Operation,
    _ subject: BPFError.Subject = .unknown, path: FilePath? = nil, skipping functions: [SkippedFunction] = []
  ) throws(BPFError) {
    try self.init(
      of: KernelLink(descriptor), to: target, operation: operation, subject, path: path, skipping: functions)
  }

  /// Creates an object for a kernel link with the attachment that holds it.
  init(
    of attachment: any Attachment, to target: String = "", operation: BPFError.Operation,
    _ subject: BPFError.Subject = .unknown, path: FilePath? = nil, skipping functions: [SkippedFunction] = []
  ) throws(BPFError) {
    guard let descriptor = attachment.link else {
      throw BPFError(operation, .unsupported, "the kernel has no links for this target")
    }
    do throws(Errno) {
      let information = try BPFCommand.linkInformation(descriptor)
      id = LinkID(rawValue: information.id)
      type = LinkType(rawValue: information.type)
      programID = information.programID == 0 ? nil : ProgramID(rawValue: information.programID)
    } catch {
      var failure = BPFObjectKind.link.informationFailure(
        operation, error, subject, path: path, target: target)
      if error == .invalidArgument { failure.code = .unsupported }
      if KernelRelease.isOlder(than: "5.8") { failure.explanation += ": \(KernelRelease.requirement("5.8"))" }
      throw failure
    }
    (self.target, skippedFunctions) = (target, functions)
    self.attachment = Mutex(attachment)
  }

  /// Creates an object for a program that is attached without a kernel link.
  init(_ attachment: any Attachment, to target: String, program: ProgramID?) {
    (id, type, programID, self.target, skippedFunctions) = (nil, nil, program, target, [])
    self.attachment = Mutex(attachment)
  }

  /// The link's descriptor, valid until it is detached; nil without a kernel link.
  var descriptor: FileDescriptor? { attachment.withLock { $0?.link } }

  /// The link as errors name it.
  var subject: BPFError.Subject { .link(id: id) }
}

// MARK: - Detaching

extension Link {
  /// Detaches the program.
  ///
  /// Links to interfaces, control groups, network namespaces, socket maps and struct_ops are detached for all holders,
  /// even if they are pinned. The kernel cannot detach tracing links: this call closes the link, and the kernel
  /// detaches the program when no other holder is left. Does nothing if the program is detached already.
  ///
  /// A program that was attached without a link is detached only if it is still the attached one. Its id is compared in
  /// the network namespace, control group, socket or map that it was attached to, even if the calling thread is in
  /// another namespace. Another program that has replaced it stays attached. This is not reported when the object
  /// detaches on deinitialization, nor for socket maps before Linux 5.18, where the kernel compares without reporting
  /// the result.
  ///
  /// System calls: `BPF_LINK_DETACH`, Linux 5.9, and close(2); without a link, those of a query and a removal.
  ///
  /// - Throws: `BPFError`. `BPFError.Code.changed` if another program has replaced one that was attached without a
  ///   link. The error names that program, which stays attached, and this link is detached. After any other error, the
  ///   program is still attached.
  public func detach() throws(BPFError) {
    guard let current = attachment.withLock({ $0 }) else { return }
    let outcome: Detachment
    do throws(Errno) {
      outcome = try current.detach()
    } catch {
      let refusal = error == .notPermitted ? Privilege.refusalOfEveryCall.map { ": \($0)" } : nil
      throw BPFError(
        .detach, error.unansweredCode, errno: error,
        id == nil ? .program(name: nil, id: programID) : subject,
        "the program is still attached" + (target.isEmpty ? "" : " to \(target)") + (refusal ?? ""))
    }
    attachment.withLock { $0 = nil }
    guard case .replaced(let other) = outcome else { return }
    throw BPFError(
      .detach, .changed, .program(name: nil, id: programID),
      "it is no longer attached to \(target): \(other.map { "program \($0)" } ?? "another program") has replaced it "
        + "and stays attached")
  }

  /// Whether ``detach()`` was called on this object.
  public var isDetached: Bool { attachment.withLock { $0 == nil } }

  /// Leaves the program attached after this object is released and the process ends.
  ///
  /// Only attachments without a link support this; pin a link instead.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.unsupported` for a link, or if the program is detached.
  public func leaveAttached() throws(BPFError) {
    guard attachment.withLock({ $0?.leave() }) == true else {
      throw BPFError(
        .detach, .unsupported, subject,
        isDetached ? "the program is detached" : "a link ends with its last holder: pin it to keep it")
    }
  }
}

// MARK: - Descriptor

extension Link {
  /// Lends the link's descriptor.
  ///
  /// The descriptor belongs to the link. Use it for operations that this library does not offer; neither close it nor
  /// keep it beyond `body`.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.unsupported` for an attachment without a kernel link, or after the link
  ///   is detached and closed; and the errors of `body`.
  public func withFileDescriptor<R: ~Copyable>(
    _ body: (FileDescriptor) throws(BPFError) -> R
  ) throws(BPFError) -> R {
    try withFileDescriptor(.open, body)
  }

  func withFileDescriptor<R: ~Copyable>(
    _ operation: BPFError.Operation, _ body: (FileDescriptor) throws(BPFError) -> R
  ) throws(BPFError) -> R {
    let current = attachment.withLock { $0 }
    guard let current, let descriptor = current.link else {
      throw BPFError(
        operation, .unsupported, subject,
        current == nil
          ? "the program is detached"
          : "the kernel has no links for this target: the program is attached without one")
    }
    defer { withExtendedLifetime(current) {} }
    return try body(descriptor)
  }
}

// A link is not `Identifiable`: an attachment without a kernel link has no id.
extension Link: Hashable {
  /// Returns whether two objects are of the same kernel link. An attachment without a kernel link equals only itself.
  public static func == (a: Link, b: Link) -> Bool { a === b || (a.id != nil && a.id == b.id) }

  /// Hashes the link's id; without one, the object's identity.
  public func hash(into hasher: inout Hasher) {
    if let id { hasher.combine(id) } else { hasher.combine(ObjectIdentifier(self)) }
  }
}

extension Link: CustomStringConvertible {
  /// The link's id, type and target, such as `link (id 12, perf_event) to tracepoint 'sched:sched_switch'`.
  public var description: String {
    let identity = id.map { id in "link (id \(id)\(type.map { ", \($0)" } ?? ""))" } ?? "attachment"
    return target.isEmpty ? identity : "\(identity) to \(target)"
  }
}
