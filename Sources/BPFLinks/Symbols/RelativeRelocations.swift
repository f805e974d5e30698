//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

/// The addresses that the dynamic linker writes into a part of a position-independent file.
///
/// The file itself may contain zeros there, on machines whose relocations contain the addends.
struct RelativeRelocations {
  private var addresses: [UInt64: UInt64] = [:]

  /// Reads the relocations for memory in a section.
  init(for section: ELFSection, of file: ExecutableFile) throws(BPFError) {
    let format = file.format
    let end = section.address &+ UInt64(section.byteCount)
    guard !file.isAtFixedAddress, let wanted = Architecture.ofELF(file.header.machine)?.relativeRelocation
    else { return }
    for table in file.sections(ofKind: .relocationsWithAddends) {
      let entries = format.reader(try file.contents(of: table, "its relocations"))
      let size = format.relocationByteCount(hasAddend: true)
      for start in stride(from: 0, to: entries.count - entries.count % size, by: size) {
        guard let relocation = format.relocation(entries, at: start, hasAddend: true),
          relocation.offset >= section.address, relocation.offset < end, relocation.kind == wanted
        else { continue }
        addresses[relocation.offset] = relocation.addend
      }
    }
  }

  /// Returns the address written at a location; nil if there is none.
  subscript(address: UInt64) -> UInt64? { addresses[address] }
}
