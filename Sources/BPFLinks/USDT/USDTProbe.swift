//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import ELF
internal import SystemPackage

/// A USDT probe (user statically defined tracing): a no-op instruction in a program or library, with a note on its
/// location and its arguments.
public struct USDTProbe: Hashable, Sendable {
  /// The provider: the name of a library or program, such as `libc`.
  public let provider: String

  /// The probe's name, which several locations may share.
  public let name: String

  /// The instruction's offset in the file, in bytes.
  public let offset: UInt64

  /// The file offset of the probe's semaphore, a 16-bit count of listeners, with which a program skips computing
  /// arguments while there are none. 0 for none, and for a semaphore that is not in the file, whose probe cannot be
  /// attached to.
  public let referenceCounterOffset: UInt64

  /// The argument locations in assembler syntax, such as `-4@%edi 8@16(%rsp)`.
  public let arguments: String

  /// The instruction's address, in a program with fixed addresses.
  let address: UInt64

  /// The reason why the kernel cannot count in the semaphore, or only sometimes; nil without obstacle or semaphore.
  let semaphoreObstacle: SemaphoreObstacle?
}

extension ExecutableFile {
  /// Returns the USDT probes of the file, in the order of its notes.
  ///
  /// System calls: pread(2) for the section `.note.stapsdt` and the names of sections.
  ///
  /// - Returns: the probes; empty if the file has none.
  /// - Throws: `BPFError`; `BPFError.Code.malformed` for a damaged file.
  public func usdtProbes() throws(BPFError) -> [USDTProbe] {
    guard let notes = try section(named: ".note.stapsdt") else { return [] }
    let reader = format.reader(try contents(of: notes, "the notes on its probes"))
    let base = try section(named: ".stapsdt.base")?.address
    var probes: [USDTProbe] = []
    var start = 0
    while start < reader.count {
      guard let nameSize = reader.word(start), let size = reader.word(start + 4),
        let kind = reader.word(start + 8),
        let name = reader.part(start + 12, nameSize),
        let content = reader.part(start + 12 + nameSize.padded, size)
      else {
        throw BPFError(.findSymbol, .malformed, path: path, "a USDT note exceeds its section")
      }
      if kind == 3, name.name(0) == "stapsdt", let probe = usdtProbe(content, base) { probes.append(probe) }
      start += 12 + nameSize.padded + size.padded
    }
    return probes
  }

  /// Parses a note; nil if it is malformed, or its instruction is not executable.
  ///
  /// - Parameter base: the current address of the section that the note's addresses are relative to.
  private func usdtProbe(_ note: ByteReader, _ base: UInt64?) -> USDTProbe? {
    let size = format.addressByteCount
    guard let address = format.address(note, wide: 0, narrow: 0),
      let noted = format.address(note, wide: size, narrow: size),
      let semaphore = format.address(note, wide: size * 2, narrow: size * 2),
      let texts = note.rest(size * 3)?.slice.split(
        separator: 0, maxSplits: 3, omittingEmptySubsequences: false),
      texts.count == 4
    else { return nil }
    // Tools that move a library to other addresses (prelink) adjust its sections, but not its notes. A note with a base
    // of 0 was written without one, and needs no adjustment.
    let moved = noted == 0 ? 0 : (base ?? noted) &- noted
    guard let offset = fileOffset(of: address &+ moved, isExecutable: true) else { return nil }
    let counter = semaphore == 0 ? (offset: 0, obstacle: nil) : counter(at: semaphore &+ moved)
    return USDTProbe(
      provider: String(decoding: texts[0], as: UTF8.self), name: String(decoding: texts[1], as: UTF8.self),
      offset: offset, referenceCounterOffset: counter.offset,
      arguments: String(decoding: texts[2], as: UTF8.self), address: address &+ moved,
      semaphoreObstacle: counter.obstacle)
  }
}

extension Int {
  /// The number rounded up to a multiple of 4, as the parts of notes are padded.
  fileprivate var padded: Int { (self + 3) & ~3 }
}
