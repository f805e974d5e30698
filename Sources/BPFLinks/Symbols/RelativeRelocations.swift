//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall

/// The addresses that the dynamic linker writes into a part of a position-independent file.
///
/// The file itself may contain zeros there, on machines whose relocations contain the addends.
struct RelativeRelocations {
  private var addresses: [UInt64: UInt64] = [:]

  /// Reads the relocations for memory in a section.
  init(for section: ExecutableFile.Section, of file: ExecutableFile) throws(BPFError) {
    let format = file.format
    let end = section.address &+ UInt64(section.byteCount)
    guard !file.isAtFixedAddress, let wanted = file.machine.flatMap(Architecture.ofELF)?.relativeRelocation
    else { return }
    for table in file.sections(ofKind: ExecutableFile.Section.relocations) {
      let entries = format.reader(try file.contents(of: table, "its relocations"))
      let size = 3 * format.addressByteCount
      for start in stride(from: 0, to: entries.count - entries.count % size, by: size) {
        guard let address = format.address(entries, wide: start, narrow: start), address >= section.address,
          address < end, let info = format.address(entries, wide: start + 8, narrow: start + 4),
          info & (format.isWide ? 0xffff_ffff : 0xff) == wanted,
          let addend = format.address(entries, wide: start + 16, narrow: start + 8)
        else { continue }
        addresses[address] = addend
      }
    }
  }

  /// Returns the address written at a location; nil if there is none.
  subscript(address: UInt64) -> UInt64? { addresses[address] }
}
