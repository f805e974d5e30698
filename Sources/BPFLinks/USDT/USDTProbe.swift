//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
public import BPFSyscall
internal import SystemPackage

/// A place in a program where its author put a probe (USDT): an instruction that does nothing, and a note on where it is and
/// where values for those who listen are.
public struct USDTProbe: Hashable, Sendable {
  /// Who made it: a library's or program's name, such as `libc`.
  public let provider: String

  /// Its name, which several places may have.
  public let name: String

  /// Where its instruction is in the file, in bytes.
  public let offset: UInt64

  /// Where in the file a 16-bit number is that counts who listens, so that a program computes values only if somebody
  /// wants them: the probe's semaphore. 0 for none, and for one that is not in the file, to which no program can be
  /// attached.
  public let referenceCounterOffset: UInt64

  /// Where its values are, as the assembler says it, such as `-4@%edi 8@16(%rsp)`.
  public let arguments: String

  /// Its instruction's address, in a program that is always at the same place.
  let address: UInt64

  /// Why the kernel cannot count in the semaphore, or not always; nil if it can, or if there is none.
  let semaphoreObstacle: SemaphoreObstacle?
}

extension ExecutableFile {
  /// The static probes of the file, in the order of its notes.
  ///
  /// System calls: pread(2) for the section `.note.stapsdt` and the names of sections.
  ///
  /// - Returns: the probes; none if there are none.
  /// - Throws: `BPFError`; `BPFError.Code.malformed` for a file that is damaged.
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
        throw BPFError(.findSymbol, .malformed, path: path, "a note on its probes ends behind its section")
      }
      if kind == 3, name.name(0) == "stapsdt", let probe = usdtProbe(content, base) { probes.append(probe) }
      start += 12 + nameSize.padded + size.padded
    }
    return probes
  }

  /// What a note says; nil if it is none, or on what is never executed.
  ///
  /// - Parameter base: where the section is now that the note's addresses count from.
  private func usdtProbe(_ note: ByteReader, _ base: UInt64?) -> USDTProbe? {
    let size = format.addressByteCount
    guard let address = format.address(note, wide: 0, narrow: 0),
      let noted = format.address(note, wide: size, narrow: size),
      let semaphore = format.address(note, wide: size * 2, narrow: size * 2),
      let texts = note.rest(size * 3)?.slice.split(
        separator: 0, maxSplits: 3, omittingEmptySubsequences: false),
      texts.count == 4
    else { return nil }
    // What moves a library to other addresses changes them in its sections, and not in its notes. A note with a base of 0
    // was written without one, and is not moved.
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
  /// Rounded up to a multiple of 4, as parts of notes are.
  fileprivate var padded: Int { (self + 3) & ~3 }
}
