//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program as a classifier (clsact) to a network interface's incoming or outgoing packets. Its return
  /// value decides each packet's fate.
  ///
  /// The kernel has no links for classifiers: the program stays attached if the process dies before it releases the
  /// returned object. Creates the interface's clsact qdisc if there is none; the qdisc stays. See
  /// ``NetworkInterface/removeClsact()``. Detaching removes only this program, in the network namespace that it was
  /// attached in, which this object keeps alive: see ``Link/detach()``. Since Linux 6.6,
  /// ``attach(toTCXOf:_:order:revision:)`` creates a link.
  ///
  /// System calls: socket(2), and those of two rtnetlink(7) requests, two or more each. Linux 4.5. Capabilities:
  /// `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the network interface.
  ///   - direction: the direction of the packets.
  ///   - priority: the position among other classifiers, from 1: lower priorities run first; 0 for the kernel's choice.
  /// - Returns: an attachment that removes the classifier when it is released.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such interface; `BPFError.Code.wrongObject` for a
  ///   program of another type than `sched_cls`; `BPFError.Code.permissionDenied`.
  public func attach(
    toClsactOf interface: NetworkInterface, _ direction: TrafficDirection, priority: Int = 0
  ) throws(BPFError) -> Link {
    let hook = AttachTarget(
      "the \(direction) classifiers of the network interface \(interface)", .schedCLS, since: "Linux 4.5")
    try hook.check(self)
    let index = try interface.number(for: subject)
    guard let priority = UInt16(exactly: priority) else {
      throw BPFError(.attach, .invalidArgument, subject, "a priority is a number from 0 to 65535")
    }
    do throws(RouteNetlink.Refusal) {
      // The socket stays in the interface's network namespace, even if this thread moves to another.
      let netlink = try RouteNetlink()
      try netlink.addClsactQdisc(interface: index)
      let wanted = RouteNetlink.Classifier(
        interface: index, isEgress: direction == .egress, priority: priority, handle: 0)
      let made = try withFileDescriptor { (program) throws(RouteNetlink.Refusal) in
        try netlink.addClassifier(wanted, program: program, name: name, replacing: false)
      }
      let attachment = DirectAttachment { [id] () throws(Errno) in
        do throws(RouteNetlink.Refusal) {
          return Detachment(try netlink.removeClassifier(made, program: id.rawValue))
        } catch {
          throw error.errno
        }
      }
      return Link(attachment, to: hook.description, program: id)
    } catch {
      throw hook.failure(self, error)
    }
  }
}

extension NetworkInterface {
  /// Removes the interface's clsact qdisc with all its classifiers, including those of other processes.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if there is no clsact qdisc, or no such interface.
  public func removeClsact() throws(BPFError) {
    let index = try number(for: .unknown)
    do throws(RouteNetlink.Refusal) {
      try RouteNetlink().removeClsactQdisc(interface: index)
    } catch {
      let isMissing = [.noSuchFileOrDirectory, .invalidArgument, .operationNotSupportedByDevice]
        .contains(error.errno)
      let missing =
        error.errno == .notPermitted
        ? Privilege.refusal(of: "removing classifiers", needing: [.netAdmin]) : nil
      let reason = [missing ?? error.text].filter { !$0.isEmpty }
      throw BPFError(
        .detach, isMissing ? .notFound : error.errno.unansweredCode, errno: error.errno,
        isMissing
          ? "the network interface \(self) has no clsact qdisc, or does not exist"
          : (["the classifiers of the network interface \(self) remain attached"] + reason)
            .joined(separator: ": "))
    }
  }
}

extension AttachTarget {
  /// Returns the error for a failed rtnetlink request, with the kernel's own message if it sent one.
  func failure(_ program: Program, _ refusal: RouteNetlink.Refusal) -> BPFError {
    var error = failure(program, refusal.errno)
    if !refusal.text.isEmpty { error.explanation = "\(description): \(refusal.text)" }
    return error
  }
}
