//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

extension RouteNetlink {
  /// A classifier's position on an interface.
  package struct Classifier: Sendable {
    package var interface: UInt32
    package var isEgress: Bool
    /// The priority among classifiers: lower ones run first; 0 lets the kernel choose.
    package var priority: UInt16
    /// The handle among classifiers of the same priority; 0 lets the kernel choose.
    package var handle: UInt32

    package init(interface: UInt32, isEgress: Bool, priority: UInt16, handle: UInt32) {
      (self.interface, self.isEgress) = (interface, isEgress)
      (self.priority, self.handle) = (priority, handle)
    }

    fileprivate var header: linux_tcmsg {
      var header = linux_tcmsg()
      header.index = Int32(bitPattern: interface)
      header.parent = isEgress ? LINUX_TC_H_EGRESS : LINUX_TC_H_INGRESS
      header.handle = handle
      let allProtocols: UInt16 = 0x0003
      header.info = UInt32(priority) << 16 | UInt32(allProtocols.bigEndian)
      return header
    }
  }

  /// Adds a program as a direct-action classifier, whose return value is the verdict. `RTM_NEWTFILTER` of kind `bpf`,
  /// Linux 4.4.
  ///
  /// - Parameter replacing: whether to replace a program of the same priority and handle.
  /// - Returns: the classifier with the priority and handle that the kernel chose.
  package borrowing func addClassifier(
    _ classifier: Classifier, program: FileDescriptor, name: String, replacing: Bool
  ) throws(Refusal) -> Classifier {
    var options = NetlinkAttributes()
    options.append(LINUX_TCA_BPF_FD, program.rawValue)
    options.append(LINUX_TCA_BPF_NAME, text: name)
    options.append(LINUX_TCA_BPF_FLAGS, UInt32(LINUX_TCA_BPF_FLAG_ACT_DIRECT))
    var attributes = NetlinkAttributes()
    attributes.append(LINUX_TCA_KIND, text: "bpf")
    attributes.append(LINUX_TCA_OPTIONS | LINUX_NLA_F_NESTED, bytes: options.bytes)
    let flags = LINUX_NLM_F_CREATE | LINUX_NLM_F_ECHO | (replacing ? LINUX_NLM_F_REPLACE : LINUX_NLM_F_EXCL)
    var added = classifier
    for message in try send(LINUX_RTM_NEWTFILTER, flags, classifier.header, attributes)
    where message.type == LINUX_RTM_NEWTFILTER {
      guard let echo = message.body.loaded(as: linux_tcmsg.self) else { continue }
      (added.handle, added.priority) = (echo.handle, UInt16(echo.info >> 16))
    }
    return added
  }

  /// Removes a classifier if its program is the expected one. `RTM_GETTFILTER` and `RTM_DELTFILTER`; Linux 4.13.
  ///
  /// The kernel does not compare programs: one that is added between the two requests is removed.
  ///
  /// - Parameter id: the program's id.
  package borrowing func removeClassifier(
    _ classifier: Classifier, program id: UInt32
  ) throws(Refusal) -> Removal {
    do throws(Refusal) {
      let found = try programID(of: classifier)
      guard found == id else { return .replaced(by: found) }
      var attributes = NetlinkAttributes()
      attributes.append(LINUX_TCA_KIND, text: "bpf")
      _ = try send(LINUX_RTM_DELTFILTER, 0, classifier.header, attributes)
      return .removed
    } catch {
      // There is no such classifier, interface or qdisc.
      let isGone = [.noSuchFileOrDirectory, .operationNotSupportedByDevice, .invalidArgument]
        .contains(error.errno)
      guard isGone else { throw error }
      return .gone
    }
  }

  /// Returns the id of a classifier's program; nil if it has none, like classifiers of other kinds.
  private borrowing func programID(of classifier: Classifier) throws(Refusal) -> UInt32? {
    for message in try send(LINUX_RTM_GETTFILTER, 0, classifier.header)
    where message.type == LINUX_RTM_NEWTFILTER {
      let attributes = NetlinkAttribute.all(in: message.body.dropFirst(MemoryLayout<linux_tcmsg>.size))
      let isBPF = attributes.contains {
        $0.type == LINUX_TCA_KIND && $0.value.elementsEqual(Array("bpf\0".utf8))
      }
      let options = attributes.first { $0.type == LINUX_TCA_OPTIONS }?.nested ?? []
      guard isBPF else { continue }
      return options.first { $0.type == LINUX_TCA_BPF_ID }?.number(as: UInt32.self)
    }
    return nil
  }
}

// MARK: - The clsact qdisc

extension RouteNetlink {
  /// Creates an interface's clsact qdisc, which classifiers are attached to. `RTM_NEWQDISC`, Linux 4.5.
  ///
  /// - Returns: whether the qdisc was created; false if it existed.
  @discardableResult
  package borrowing func addClsactQdisc(interface: UInt32) throws(Refusal) -> Bool {
    do throws(Refusal) {
      _ = try send(
        LINUX_RTM_NEWQDISC, LINUX_NLM_F_CREATE | LINUX_NLM_F_EXCL, RouteNetlink.qdisc(interface),
        RouteNetlink.clsact)
      return true
    } catch {
      guard error.errno == .fileExists else { throw error }
      return false
    }
  }

  /// Removes an interface's clsact qdisc with all its classifiers. `RTM_DELQDISC`.
  package borrowing func removeClsactQdisc(interface: UInt32) throws(Refusal) {
    _ = try send(LINUX_RTM_DELQDISC, 0, RouteNetlink.qdisc(interface), RouteNetlink.clsact)
  }

  private static var clsact: NetlinkAttributes {
    var attributes = NetlinkAttributes()
    attributes.append(LINUX_TCA_KIND, text: "clsact")
    return attributes
  }

  private static func qdisc(_ interface: UInt32) -> linux_tcmsg {
    var header = linux_tcmsg()
    header.index = Int32(bitPattern: interface)
    header.parent = LINUX_TC_H_CLSACT
    header.handle = 0xffff_0000
    return header
  }
}
