//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A program at all locations of a USDT probe, attached with one or several links. Releases its map elements when the
/// last link is gone.
final class USDTAttachment: Attachment {
  private let links: Mutex<[Link]>
  private let specMap: USDTSpecMap
  private let specIDs: [UInt32]
  private let addresses: [UInt64]

  /// The id of the only link, which other holders may keep alive.
  private let shared: LinkID?

  init(_ links: [Link], _ specMap: USDTSpecMap, specIDs: [UInt32], addresses: [UInt64]) {
    shared = links.count == 1 ? links.first?.id : nil
    self.links = Mutex(links)
    (self.specMap, self.specIDs, self.addresses) = (specMap, specIDs, addresses)
  }

  deinit {
    links.withLock { $0 = [] }
    if isGone { specMap.release(specIDs, addresses: addresses) }
  }

  /// Whether no other holder, such as a pin, keeps the link. The program would still read the elements.
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
