//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization
internal import SystemPackage

/// A program at all locations of a USDT probe, attached with one or several links. Releases its map elements, unless
/// another holder keeps the only link.
final class USDTAttachment: Attachment {
  private let links: Mutex<[Link]>
  private let specMap: USDTSpecMap
  private let specIDs: [UInt32]
  private let addresses: [UInt64]

  /// The id of the only link, which other holders may keep alive.
  let linkID: LinkID?

  init(_ links: [Link], _ specMap: USDTSpecMap, specIDs: [UInt32], addresses: [UInt64]) {
    linkID = links.count == 1 ? links.first?.id : nil
    self.links = Mutex(links)
    (self.specMap, self.specIDs, self.addresses) = (specMap, specIDs, addresses)
  }

  deinit {
    links.withLock { $0 = [] }
    // Another holder keeps the link: the elements are free when it is gone.
    if let linkID, !USDTSpecMap.isGone(linkID) { return }
    specMap.release(specIDs, of: linkID, addresses: addresses)
  }

  var link: FileDescriptor? { linkID == nil ? nil : links.withLock { $0.first?.descriptor } }

  func detach() throws(Errno) -> Detachment { .whenReleased }

  func leave() -> Bool { false }
}
