//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to the packets that a network interface receives or sends, as a classifier (clsact) whose
  /// answer is what becomes of the packet.
  ///
  /// The kernel has no links to classifiers: the program stays when the process dies, unless it ends this object first.
  /// The place for classifiers at the interface is made if it is not there, and stays; see
  /// ``NetworkInterface/removeClsact()``. Detaching removes this program alone, in the network namespace that it was
  /// attached in, which lives as long as this object: see ``Link/detach()``. Since Linux 6.6
  /// ``attach(toTCXOf:_:order:revision:)`` has a link.
  ///
  /// System calls: socket(2), and those of two requests by rtnetlink(7), two or more each. Linux 4.5. Capabilities:
  /// `CAP_BPF` and `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - interface: the network interface.
  ///   - direction: packets that it receives, or sends.
  ///   - priority: its place among other classifiers, from 1: lower ones are first; 0 for the kernel's choice.
  /// - Returns: what removes the classifier when it goes.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such interface, `BPFError.Code.wrongObject` for a
  ///   program of another type than `sched_cls`, `BPFError.Code.permissionDenied`.
  public func attach(
    toClsactOf interface: NetworkInterface, _ direction: TrafficDirection, priority: Int = 0
  ) throws(BPFError) -> Link {
    let place = AttachTarget(
      "the \(direction) classifiers of the network interface \(interface)", .schedCLS, since: "Linux 4.5")
    try place.check(self)
    let index = try interface.number(for: subject)
    guard let priority = UInt16(exactly: priority) else {
      throw BPFError(.attach, .invalidArgument, subject, "a priority is a number from 0 to 65535")
    }
    do throws(RouteNetlink.Refusal) {
      // The socket stays in the network namespace of the interface, wherever this thread goes.
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
      return Link(attachment, to: place.description, program: id)
    } catch {
      throw place.failure(self, error)
    }
  }
}

extension NetworkInterface {
  /// Removes the place for classifiers at the interface, with all that are there, whoever attached them.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if there is none, or no such interface.
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
          ? "the network interface \(self) has no classifiers, or is not there"
          : (["the classifiers of the network interface \(self) are still there"] + reason)
            .joined(separator: ": "))
    }
  }
}

extension AttachTarget {
  /// What a refusal of rtnetlink means; the kernel's own words are the best.
  func failure(_ program: Program, _ refusal: RouteNetlink.Refusal) -> BPFError {
    var error = failure(program, refusal.errno)
    if !refusal.text.isEmpty { error.explanation = "\(description): \(refusal.text)" }
    return error
  }
}
