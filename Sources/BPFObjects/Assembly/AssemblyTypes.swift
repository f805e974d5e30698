//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// Types (BTF) for the functions of an assembly, which the kernel needs to call one of them back.
///
/// Each is a static function that takes a pointer and returns an `int`: the verifier checks such functions where they are
/// called, not by their types.
struct AssemblyTypes: ~Copyable {
  /// `struct bpf_func_info`, one after the other.
  let functionInfo: [UInt32]

  private let descriptor: OwnedDescriptor

  /// The descriptor of the types, valid while this value exists.
  var borrowed: FileDescriptor { descriptor.borrowed }

  /// Loads the types.
  ///
  /// - Parameter name: the program's name.
  init(_ assembled: Assembly.Assembled, name: String, token: BPFToken?) throws(BPFError) {
    var builder = BTFBuilder()
    let integer = builder.add(
      "int", .int(byteCount: 4, BTFType.IntegerEncoding(isSigned: true, bitCount: 32)))
    let pointer = builder.add(.pointer(to: 0))
    let prototype = builder.add(
      .functionPrototype(result: integer, parameters: [.init("argument", type: pointer)]))
    var functions = assembled.functions
    functions[0] = name
    var info: [UInt32] = []
    for (instruction, name) in functions.sorted(by: { $0.key < $1.key }) {
      let function = builder.add(AssemblyTypes.identifier(name), .function(prototype: prototype, .static))
      info += [UInt32(truncatingIfNeeded: instruction), UInt32(truncatingIfNeeded: function)]
    }
    functionInfo = info
    descriptor = try BTFHandle.loadWithoutHandle(builder.encoded(), token: token)
  }

  /// Returns a name that the kernel accepts for a function.
  private static func identifier(_ name: String) -> String {
    let text = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    return text.first?.isNumber == false ? text : "_" + text
  }
}
