//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A program at the places of a static probe: by one link of the kernel or by several, and with elements of a map that go
/// when the last link has gone.
final class USDTAttachment: Attachment {
  private let links: Mutex<[Link]>
  private let slots: ProbeSlots
  private let taken: [UInt32]
  private let addresses: [UInt64]

  /// The id of the only link, which others may come to hold.
  private let shared: LinkID?

  init(_ links: [Link], _ slots: ProbeSlots, taken: [UInt32], addresses: [UInt64]) {
    shared = links.count == 1 ? links.first?.id : nil
    self.links = Mutex(links)
    (self.slots, self.taken, self.addresses) = (slots, taken, addresses)
  }

  deinit {
    links.withLock { $0 = [] }
    if isGone { slots.release(taken, addresses: addresses) }
  }

  /// Whether nobody else holds the link, such as a pin; the program would still read the elements.
  private var isGone: Bool {
    guard let shared else { return true }
    do throws(BPFError) {
      _ = try BPFObjectKind.link.open(id: shared.rawValue)
      return false
    } catch {
      return error.code == .notFound
    }
  }

  var link: FileDescriptor? { shared == nil ? nil : links.withLock { $0.first?.descriptor } }

  func detach() throws(Errno) -> Detachment { .whenReleased }

  func leave() -> Bool { false }
}
