//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFInstructions
internal import BPFSyscall
internal import BTF
internal import ELF

/// The code of a program as the kernel runs it: after verification, and as machine code.
///
/// The kernel shows it to processes with `CAP_BPF` and `CAP_PERFMON`, and addresses only if `kernel.kptr_restrict` and
/// `CAP_SYSLOG` allow it. What it hides is empty or nil.
public struct ProgramImage: Sendable {
  /// The instructions after verification, including the verifier's rewrites.
  ///
  /// Map descriptors have become map ids, and helper calls the distance to the helper's code.
  public let instructions: [Instruction]

  /// The machine code of all functions, one after the other; empty if the program is interpreted.
  public let machineCode: [UInt8]

  /// The functions, the program's own first. Without types (BTF) of the program, functions are known only if they are
  /// compiled to machine code.
  public let functions: [Function]

  /// The lines of the source, ascending by instruction; empty if the program was loaded without them. Linux 5.0.
  public let sourceLines: [SourceLine]

  /// A function of a program.
  public struct Function: Sendable, Hashable {
    /// The name in the program's types; empty without types.
    public let name: String

    /// The prototype as bpftool writes it, such as `int count(struct __sk_buff * skb)`; empty without types.
    public let prototype: String

    /// The index of the first instruction; nil without types. Linux 5.0.
    public let instruction: Int?

    /// The address of the machine code; nil if hidden or interpreted. Linux 4.18.
    public let address: UInt64?

    /// The size of the machine code in bytes; nil if hidden or interpreted. Linux 4.18.
    public let machineCodeSize: Int?

    /// The tag in the kernel's symbol for the function, `bpf_prog_TAG_NAME`: of the first, the program's. Nil for others
    /// before Linux 5.0.
    public let tag: ProgramTag?
  }

  /// The source of some instructions.
  public struct SourceLine: Sendable, Hashable {
    /// The index of the first instruction.
    public let instruction: Int

    /// The text of the line, with its indentation.
    public let text: String

    /// The name of the source file.
    public let file: String

    /// The number of the line; 0 if not known.
    public let line: Int

    /// The number of the column; 0 if not known.
    public let column: Int

    /// The address of the machine code; nil if hidden or interpreted.
    public let address: UInt64?
  }
}

// MARK: - Decoding

extension ProgramImage {
  /// Decodes the kernel's answer.
  ///
  /// - Parameters:
  ///   - tag: the program's tag.
  ///   - types: the program's types; nil without.
  init(_ image: BPFCommand.ProgramImage, tag: ProgramTag, _ types: BTFTypes?) {
    instructions =
      InstructionList(ByteReader(image.translated, isSwapped: false)).map(Array.init) ?? []
    machineCode = image.jited
    functions = ProgramImage.decodeFunctions(image, tag, types)
    let records = types == nil ? 0 : image.lineInfo.count / 4
    sourceLines = (0..<records).map { index in
      let words = image.lineInfo[4 * index..<4 * index + 4].map(Int.init)
      return SourceLine(
        instruction: words[0], text: types?.name(at: words[2]) ?? "", file: types?.name(at: words[1]) ?? "",
        line: words[3] >> 10, column: words[3] & 0x3ff, address: image.jitedLineAddresses.element(index))
    }
  }

  private static func decodeFunctions(
    _ image: BPFCommand.ProgramImage, _ tag: ProgramTag, _ types: BTFTypes?
  ) -> [Function] {
    let typed = image.functionInfo.count / 2
    let count = max(typed, image.jitedAddresses.count, image.jitedSizes.count)
    return (0..<count).map { index in
      let type = index < typed ? types?[Int(image.functionInfo[2 * index + 1])] : nil
      // The kernel's symbol of the first function has the tag of the whole program.
      let own = image.tags.dropFirst(8 * index).prefix(8)
      return Function(
        name: type?.name ?? "", prototype: type?.prototypeText ?? "",
        instruction: index < typed ? Int(image.functionInfo[2 * index]) : nil,
        address: image.jitedAddresses.element(index),
        machineCodeSize: image.jitedSizes.element(index).map(Int.init),
        tag: index == 0 ? tag : own.count == 8 ? ProgramTag(Array(own)) : nil)
    }
  }
}

extension Array {
  /// Returns the element at an index; nil beyond the end.
  fileprivate func element(_ index: Int) -> Element? { index < count ? self[index] : nil }
}
