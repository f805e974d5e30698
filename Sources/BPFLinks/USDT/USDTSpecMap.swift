//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFObjects
internal import BPFSyscall
internal import Synchronization

/// The map that tells a program where a USDT probe's arguments are: `__bpf_usdt_specs` of `bpf/usdt.bpf.h`.
///
/// An element holds one specification: the argument locations that probes of one attachment share. The program finds
/// its element by the cookie. A mark in bytes that programs do not read reserves an element, so that every process that
/// attaches programs with this map skips it. The link's id beside the mark tells when a link that outlived its process
/// is gone.
struct USDTSpecMap: Sendable {
  private let map: MapHandle

  /// The element index for each instruction address, for kernels without cookies. `__bpf_usdt_ip_to_spec_id`.
  private let byAddress: MapHandle?

  // An element: the argument locations, the cookie, the number of arguments, and bytes that no program reads: the mark,
  // and the link's id, or 0.
  private static let cookieOffset = ProbeArgument.maximumCount * 16
  private static let countOffset = cookieOffset + 8
  private static let markOffset = countOffset + 2
  private static let linkOffset = countOffset + 4
  private static let byteCount = linkOffset + 4

  /// Admits one reservation or release of elements at a time in this process.
  private static let allocationLock = Mutex(())

  /// Finds the map of a program.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD` twice, and two for each map of the program. Capability: `CAP_SYS_ADMIN`.
  init(of program: Program) throws(BPFError) {
    var (elements, byAddress): (MapHandle?, MapHandle?)
    for id in try program.info().mapIDs {
      let map = try MapHandle(id: id)
      // The kernel keeps 15 bytes of a name.
      if map.type == .array, map.name == "__bpf_usdt_spec" { elements = map }
      if map.type == .hash, map.name == "__bpf_usdt_ip_t", map.keySize == 8, map.valueSize == 4 {
        byAddress = map
      }
    }
    if let elements {
      guard elements.keySize == 4, elements.valueSize == USDTSpecMap.byteCount else {
        throw BPFError(
          .attach, .typeMismatch, program.subject,
          "\(elements) has values of \(elements.valueSize) bytes, not \(USDTSpecMap.byteCount): the program was built with "
            + "another version of 'usdt.bpf.h'")
      }
      (map, self.byAddress) = (elements, byAddress)
      return
    }
    throw BPFError(
      .attach, .wrongObject, program.subject,
      "it does not read USDT arguments: it uses nothing of <bpf/usdt.bpf.h>, so attach it as a uprobe")
  }

  /// Reserves and fills an element for each specification, or none if there are not enough free elements.
  ///
  /// Takes elements whose link is gone if no others are free.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` for each element up to the last reserved, one `BPF_MAP_UPDATE_ELEM` for
  /// each reserved. If too few are free, one `BPF_LINK_GET_FD_BY_ID` for each reserved before.
  func allocate(
    _ specs: [[ProbeArgument]], cookie: UInt64, _ program: Program
  ) throws(BPFError) -> [UInt32] {
    try USDTSpecMap.allocationLock.withLock { (_) throws(BPFError) in
      var free: [UInt32] = []
      var reserved: [(element: UInt32, link: LinkID)] = []
      var index: UInt32 = 0
      while free.count < specs.count, index < map.maxEntries {
        if let value = try map.lookup(index.nativeBytes) {
          if value[USDTSpecMap.markOffset] == 0 {
            free.append(index)
          } else if let link = USDTSpecMap.link(of: value) {
            reserved.append((index, link))
          }
        }
        index += 1
      }
      for (element, link) in reserved where free.count < specs.count && USDTSpecMap.isGone(link) {
        try removeAddresses(of: element)
        free.append(element)
      }
      guard free.count == specs.count else {
        throw BPFError(
          .attach, .mapFull, program.subject,
          "\(map) has \(free.count) free elements, but needs \(specs.count): define BPF_USDT_MAX_SPEC_CNT larger "
            + "than \(map.maxEntries) before including <bpf/usdt.bpf.h>")
      }
      do throws(BPFError) {
        for (index, arguments) in zip(free, specs) {
          try map.update(index.nativeBytes, to: USDTSpecMap.value(arguments, cookie))
        }
      } catch {
        clear(free)
        throw error
      }
      return free
    }
  }

  /// Writes the link's id into its elements.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` and one `BPF_MAP_UPDATE_ELEM` for each element.
  func setLink(_ link: LinkID, of elements: [UInt32]) throws(BPFError) {
    for element in elements {
      guard var value = try map.lookup(element.nativeBytes) else { continue }
      value.replaceSubrange(USDTSpecMap.linkOffset..., with: link.rawValue.nativeBytes)
      try map.update(element.nativeBytes, to: value)
    }
  }

  /// Maps instruction addresses to elements. Throws `alreadyExists` for an address that has an element.
  func assign(_ elements: [UInt32], to addresses: [UInt64], _ program: Program) throws(BPFError) {
    guard let byAddress else {
      throw BPFError(
        .attach, .unsupported, program.subject,
        "this kernel does not support cookies for probes, and the program has no map of addresses: "
          + KernelRelease.requirement("5.15")
      )
    }
    for (index, address) in addresses.enumerated() {
      do throws(BPFError) {
        try byAddress.update(address.nativeBytes, to: elements[index].nativeBytes, flags: .noExist)
      } catch {
        release([], addresses: Array(addresses[..<index]))
        var error = error
        if error.code == .alreadyExists {
          error.explanation = "the program is attached to this USDT probe already"
        }
        throw error
      }
    }
  }

  /// Releases the elements of a link, and removes addresses. Leaves elements that were reserved again meanwhile.
  func release(_ elements: [UInt32], of link: LinkID? = nil, addresses: [UInt64] = []) {
    USDTSpecMap.allocationLock.withLock { _ in
      // This fails only for a frozen map, which then loses an element.
      for address in addresses { _ = try? byAddress?.delete(address.nativeBytes) }
      clear(
        elements.filter { element in
          (try? map.lookup(element.nativeBytes)).map { USDTSpecMap.link(of: $0) == link } ?? false
        })
    }
  }

  private func clear(_ elements: [UInt32]) {
    for element in elements {
      try? map.update(element.nativeBytes, to: [UInt8](repeating: 0, count: USDTSpecMap.byteCount))
    }
  }

  /// Removes the addresses that an element was assigned to.
  private func removeAddresses(of element: UInt32) throws(BPFError) {
    guard let byAddress else { return }
    for (address, assigned) in try byAddress.entries() where assigned == element.nativeBytes {
      try byAddress.delete(address)
    }
  }

  /// Whether no holder, such as a pin, keeps a link. Its program could still read the elements.
  static func isGone(_ link: LinkID) -> Bool {
    do throws(BPFError) {
      _ = try BPFObjectKind.link.open(id: link.rawValue)
      return false
    } catch {
      return error.code == .notFound
    }
  }

  private static func link(of value: [UInt8]) -> LinkID? {
    let id = UInt32(nativeBytes: value[linkOffset...])
    return id == 0 ? nil : LinkID(rawValue: id)
  }

  private static func value(_ arguments: [ProbeArgument], _ cookie: UInt64) -> [UInt8] {
    var value = arguments.flatMap(\.bytes)
    value += [UInt8](repeating: 0, count: cookieOffset - value.count)
    value += cookie.nativeBytes + Int16(truncatingIfNeeded: arguments.count).nativeBytes
    value += [1] + [UInt8](repeating: 0, count: byteCount - markOffset - 1)
    return value
  }
}
