//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import Synchronization
public import SystemPackage

/// A program at its place: attached as long as this lives.
///
/// What attaches a program returns one. When the last reference to it goes, the program is detached, unless somebody else
/// holds the link: a pin, a duplicate, another process. Keep it in a property, or end its life where you can see it:
///
/// ```swift
/// let object = try ObjectFile("calls.bpf.o").load()
/// let link = try object.program("on_call").attach()
/// // …
/// try link.detach()
/// ```
///
/// Most places have links in the kernel, with an id, that can be pinned and outlive the process. For some, and on older
/// kernels, there is none: the program is then attached in another way, ``id`` and ``type`` are nil, and this object
/// detaches it when it goes.
public final class Link: Sendable {
  /// The kernel's number for the link, good as long as it lives; nil where the kernel has no link for the place.
  public let id: LinkID?

  /// What kind of place it is to; nil where the kernel has no link for the place.
  public let type: LinkType?

  /// The program that was attached when the link was opened; nil for those of struct_ops, which are of a map.
  public let programID: ProgramID?

  /// What it is to, in words, such as `tracepoint 'sched:sched_switch'`; empty for a link that was opened, of which
  /// ``info()`` tells.
  public let target: String

  /// The functions that fit the pattern by which the program was attached and take no probe, with reasons; empty for all
  /// other links, and for one that was opened.
  public let skippedFunctions: [SkippedFunction]

  /// Nil once it is detached.
  private let attachment: Mutex<(any Attachment)?>

  /// A link of the kernel.
  convenience init(
    adopting descriptor: consuming OwnedDescriptor, to target: String = "", operation: BPFError.Operation,
    _ subject: BPFError.Subject = .unknown, path: FilePath? = nil, skipping functions: [SkippedFunction] = []
  ) throws(BPFError) {
    try self.init(
      of: KernelLink(descriptor), to: target, operation: operation, subject, path: path, skipping: functions)
  }

  /// A link of the kernel, with what holds it.
  init(
    of attachment: any Attachment, to target: String = "", operation: BPFError.Operation,
    _ subject: BPFError.Subject = .unknown, path: FilePath? = nil, skipping functions: [SkippedFunction] = []
  ) throws(BPFError) {
    guard let descriptor = attachment.link else {
      throw BPFError(operation, .unsupported, "the kernel has no link for this place")
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

  /// Attached in another way.
  init(_ attachment: any Attachment, to target: String, program: ProgramID?) {
    (id, type, programID, self.target, skippedFunctions) = (nil, nil, program, target, [])
    self.attachment = Mutex(attachment)
  }

  /// The link's descriptor, good as long as this is not detached; nil where the kernel has none.
  var descriptor: FileDescriptor? { attachment.withLock { $0?.link } }

  /// The link as errors name it.
  var subject: BPFError.Subject { .link(id: id) }
}

// MARK: - Detaching

extension Link {
  /// Detaches the program.
  ///
  /// Links to interfaces, control groups, network namespaces, socket maps and struct_ops are detached for everybody, also
  /// where they are pinned. The kernel has no such operation for tracing: such a link is closed, and its program detached
  /// unless somebody else holds the link. Detaching what is detached does nothing.
  ///
  /// A program that was attached without a link is detached only if it is the one that is attached now: its id is
  /// compared, in the network namespace, control group, socket or map that it was attached to, whichever namespace the
  /// calling thread is in. Another program that has taken its place stays. When the link goes by itself, this is not
  /// reported, nor is it of a map of sockets before Linux 5.18, where the kernel compares and does not tell.
  ///
  /// System calls: `BPF_LINK_DETACH`, Linux 5.9, and close(2); without a link those of a query and a removal.
  ///
  /// - Throws: `BPFError`. `BPFError.Code.changed` if another program has taken the place of one that was attached without
  ///   a link: it is named and left as it is, and this link is detached. Otherwise the kernel's answer; the program is then
  ///   still attached.
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
      "it is no longer attached to \(target): \(other.map { "program \($0)" } ?? "another program") has taken its place, "
        + "and was left there")
  }

  /// Whether ``detach()`` was called on this object.
  public var isDetached: Bool { attachment.withLock { $0 == nil } }

  /// Leaves the program attached when this object goes, and the process ends.
  ///
  /// Only attachments without a link can be left like this; pin a link instead.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.unsupported` for a link, or if the program is detached.
  public func leaveAttached() throws(BPFError) {
    guard attachment.withLock({ $0?.leave() }) == true else {
      throw BPFError(
        .detach, .unsupported, subject,
        isDetached ? "the program is detached" : "a link goes with its last holder: pin it to keep it")
    }
  }
}

// MARK: - Descriptor

extension Link {
  /// Lends the link's descriptor.
  ///
  /// It is the link's own: use it for what this library does not offer, and neither close it nor keep it beyond `body`.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.unsupported` where the kernel has no link for the place, or if it is
  ///   detached and closed; and what `body` throws.
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
          : "the kernel has no link for this place: the program is attached without one")
    }
    defer { withExtendedLifetime(current) {} }
    return try body(descriptor)
  }
}

extension Link: CustomStringConvertible {
  /// Id, type and place, such as `link (id 12, perf_event) to tracepoint 'sched:sched_switch'`.
  public var description: String {
    let identity = id.map { id in "link (id \(id)\(type.map { ", \($0)" } ?? ""))" } ?? "attachment"
    return target.isEmpty ? identity : "\(identity) to \(target)"
  }
}
