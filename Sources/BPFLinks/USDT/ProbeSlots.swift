//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFObjects
internal import BPFSyscall
internal import Synchronization

/// The map in which a program on static probes finds where their values are, `__bpf_usdt_specs` of `bpf/usdt.bpf.h`.
///
/// Each of its elements is for those places of one attachment that keep their values in the same way; a program is told by
/// its cookie which one. An element that is in use is marked in bytes that programs do not read, so that all who attach
/// programs with this map find the others' taken, whatever process they are.
struct ProbeSlots: Sendable {
  private let map: MapHandle

  /// Which element is for an instruction, by its address: for kernels without cookies. `__bpf_usdt_ip_to_spec_id`.
  private let byAddress: MapHandle?

  /// The values' places, then the cookie and the number of values, then what no program reads.
  private static let cookieOffset = ProbeArgument.maximumCount * 16
  private static let countOffset = cookieOffset + 8
  private static let markOffset = countOffset + 2
  private static let byteCount = countOffset + 8

  /// One in this process at a time looks for elements that are free.
  private static let turn = Mutex(())

  /// The map of a program.
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
      guard elements.keySize == 4, elements.valueSize == ProbeSlots.byteCount else {
        throw BPFError(
          .attach, .typeMismatch, program.subject,
          "\(elements) has values of \(elements.valueSize) bytes, not \(ProbeSlots.byteCount): its 'usdt.bpf.h' is "
            + "another version")
      }
      (map, self.byAddress) = (elements, byAddress)
      return
    }
    throw BPFError(
      .attach, .wrongObject, program.subject,
      "it asks for no values of static probes: it uses nothing of <bpf/usdt.bpf.h>, so attach it as a uprobe")
  }

  /// Takes an element for each of some ways to keep values, or none if there are not enough.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` for each element up to the last taken, one `BPF_MAP_UPDATE_ELEM` for each
  /// taken.
  func take(
    _ ways: [[ProbeArgument]], cookie: UInt64, _ program: Program
  ) throws(BPFError) -> [UInt32] {
    try ProbeSlots.turn.withLock { (_) throws(BPFError) in
      var free: [UInt32] = []
      var index: UInt32 = 0
      while free.count < ways.count, index < map.maxEntries {
        if let value = try map.lookup(index.nativeBytes), value[ProbeSlots.markOffset] == 0 {
          free.append(index)
        }
        index += 1
      }
      guard free.count == ways.count else {
        throw BPFError(
          .attach, .mapFull, program.subject,
          "\(map) has \(free.count) elements left and \(ways.count) are needed: define BPF_USDT_MAX_SPEC_CNT larger "
            + "than \(map.maxEntries) before including <bpf/usdt.bpf.h>")
      }
      do throws(BPFError) {
        for (index, arguments) in zip(free, ways) {
          try map.update(index.nativeBytes, to: ProbeSlots.value(arguments, cookie))
        }
      } catch {
        release(free)
        throw error
      }
      return free
    }
  }

  /// Says which elements are for the instructions at some addresses, of which nobody has said that before.
  func assign(_ elements: [UInt32], to addresses: [UInt64], _ program: Program) throws(BPFError) {
    guard let byAddress else {
      throw BPFError(
        .attach, .unsupported, program.subject,
        "this kernel gives no cookies to probes, and the program has no map of addresses: "
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
          error.explanation = "the program is attached to this static probe already"
        }
        throw error
      }
    }
  }

  /// Gives elements back, and forgets addresses.
  func release(_ elements: [UInt32], addresses: [UInt64] = []) {
    // Nothing but a map that was frozen stands against it, in which an element is then lost.
    for address in addresses { _ = try? byAddress?.delete(address.nativeBytes) }
    for element in elements {
      try? map.update(element.nativeBytes, to: [UInt8](repeating: 0, count: ProbeSlots.byteCount))
    }
  }

  private static func value(_ arguments: [ProbeArgument], _ cookie: UInt64) -> [UInt8] {
    var value = arguments.flatMap(\.bytes)
    value += [UInt8](repeating: 0, count: cookieOffset - value.count)
    value += cookie.nativeBytes + Int16(truncatingIfNeeded: arguments.count).nativeBytes
    value += [1] + [UInt8](repeating: 0, count: byteCount - markOffset - 1)
    return value
  }
}
