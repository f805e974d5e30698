//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

extension RouteNetlink {
  /// Attaches an XDP program to an interface that has none. `RTM_SETLINK` with `IFLA_XDP`, Linux 4.8.
  ///
  /// - Parameter mode: one of `XDP_FLAGS_*_MODE`; 0 for the kernel's choice.
  package borrowing func addXDP(
    interface: UInt32, mode: UInt32, program: FileDescriptor
  ) throws(Refusal) {
    try setXDP(
      interface: interface, program: program, flags: mode | UInt32(LINUX_XDP_FLAGS_UPDATE_IF_NOEXIST))
  }

  /// Detaches an XDP program from an interface if it is the expected one.
  ///
  /// Since Linux 5.7 the kernel compares and removes in one step (`XDP_FLAGS_REPLACE`). On older kernels the ids are
  /// compared first, and a program that is attached in between is removed.
  ///
  /// - Parameters:
  ///   - expected: the program.
  ///   - id: the program's id.
  ///   - isAtomic: whether the kernel compares; tests pass false for the behavior on older kernels.
  package borrowing func removeXDP(
    interface: UInt32, mode: UInt32, expected: FileDescriptor, id: UInt32, isAtomic: Bool = true
  ) throws(Refusal) -> Removal {
    do throws(Refusal) {
      guard isAtomic else { return try removeXDP(interface: interface, mode: mode, id: id) }
      try setXDP(
        interface: interface, program: nil, flags: mode | UInt32(LINUX_XDP_FLAGS_REPLACE), expected: expected)
      return .removed
    } catch {
      switch error.errno {
      case .operationNotSupportedByDevice: return .gone
      case .invalidArgument where isAtomic:
        return try removeXDP(interface: interface, mode: mode, expected: expected, id: id, isAtomic: false)
      // Another program, no program, or a link.
      case .fileExists, .resourceBusy:
        let others = try xdpPrograms(interface: interface, mode: mode)
        return others.isEmpty ? .gone : .replaced(by: others.first?.id)
      default: throw error
      }
    }
  }

  /// Detaches an XDP program from an interface after comparing ids.
  private borrowing func removeXDP(
    interface: UInt32, mode: UInt32, id: UInt32
  ) throws(Refusal) -> Removal {
    let programs = try xdpPrograms(interface: interface, mode: mode)
    guard let program = programs.first(where: { $0.id == id }) else {
      return programs.isEmpty ? .gone : .replaced(by: programs.first?.id)
    }
    try setXDP(interface: interface, program: nil, flags: program.mode)
    return .removed
  }

  private borrowing func setXDP(
    interface: UInt32, program: FileDescriptor?, flags: UInt32, expected: FileDescriptor? = nil
  ) throws(Refusal) {
    var nested = NetlinkAttributes()
    nested.append(LINUX_IFLA_XDP_FD, program?.rawValue ?? -1)
    if flags != 0 { nested.append(LINUX_IFLA_XDP_FLAGS, flags) }
    if let expected { nested.append(LINUX_IFLA_XDP_EXPECTED_FD, expected.rawValue) }
    var attributes = NetlinkAttributes()
    attributes.append(LINUX_IFLA_XDP | LINUX_NLA_F_NESTED, bytes: nested.bytes)
    _ = try send(LINUX_RTM_SETLINK, 0, RouteNetlink.header(interface), attributes)
  }

  private static func header(_ interface: UInt32) -> linux_ifinfomsg {
    var header = linux_ifinfomsg()
    header.index = Int32(bitPattern: interface)
    return header
  }
}

// MARK: - Listing XDP programs

extension RouteNetlink {
  /// An XDP program of an interface.
  package struct XDPProgram: Sendable {
    /// One of `XDP_FLAGS_*_MODE`.
    package var mode: UInt32
    package var id: UInt32
  }

  /// Returns an interface's XDP programs of a mode, or of all modes for 0. `RTM_GETLINK`; ids since Linux 4.13.
  package borrowing func xdpPrograms(interface: UInt32, mode: UInt32) throws(Refusal) -> [XDPProgram] {
    var programs: [XDPProgram] = []
    for message in try send(LINUX_RTM_GETLINK, 0, RouteNetlink.header(interface))
    where message.type == LINUX_RTM_NEWLINK {
      let attributes = NetlinkAttribute.all(in: message.body.dropFirst(MemoryLayout<linux_ifinfomsg>.size))
      for attribute in attributes where attribute.type == LINUX_IFLA_XDP {
        programs += RouteNetlink.xdpPrograms(in: attribute.nested)
      }
    }
    return programs.filter { mode == 0 || $0.mode == mode }
  }

  private static func xdpPrograms(in attributes: [NetlinkAttribute]) -> [XDPProgram] {
    let modes = [
      LINUX_IFLA_XDP_DRV_PROG_ID: LINUX_XDP_FLAGS_DRV_MODE,
      LINUX_IFLA_XDP_SKB_PROG_ID: LINUX_XDP_FLAGS_SKB_MODE,
      LINUX_IFLA_XDP_HW_PROG_ID: LINUX_XDP_FLAGS_HW_MODE,
    ]
    let programs = attributes.compactMap { attribute in
      modes[attribute.type].flatMap { mode in
        attribute.number(as: UInt32.self).map { XDPProgram(mode: UInt32(mode), id: $0) }
      }
    }
    guard programs.isEmpty else { return programs }
    // Before Linux 4.19 an interface has a single program, in one mode.
    let attached = attributes.first { $0.type == LINUX_IFLA_XDP_ATTACHED }?.number(as: UInt8.self)
    guard let id = attributes.first(where: { $0.type == LINUX_IFLA_XDP_PROG_ID })?.number(as: UInt32.self),
      let mode = attached.flatMap({ modes[LINUX_IFLA_XDP_PROG_ID + Int($0)] })
    else { return [] }
    return [XDPProgram(mode: UInt32(mode), id: id)]
  }
}
