//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// The BTF features of a kernel, beyond the integers, structures and pointers of Linux 4.18.
public struct BTFFeatures: OptionSet, Sendable, Hashable {
  /// The features as bits.
  public let rawValue: UInt32

  /// Creates a set of features.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Functions and their prototypes. Linux 5.0.
  public static let functions = BTFFeatures(rawValue: 1 << 0)
  /// Sections and variables. Linux 5.2.
  public static let dataSections = BTFFeatures(rawValue: 1 << 1)
  /// Functions that are not static. Linux 5.6.
  public static let globalFunctions = BTFFeatures(rawValue: 1 << 2)
  /// Floating-point numbers. Linux 5.13.
  public static let floats = BTFFeatures(rawValue: 1 << 3)
  /// Declaration tags. Linux 5.16.
  public static let declarationTags = BTFFeatures(rawValue: 1 << 4)
  /// Type tags. Linux 5.17.
  public static let typeTags = BTFFeatures(rawValue: 1 << 5)
  /// 64-bit enumerations, and signed ones. Linux 6.0.
  public static let enumerations64 = BTFFeatures(rawValue: 1 << 6)
  /// Sections with names that begin with a question mark. Linux 6.9.
  public static let questionMarks = BTFFeatures(rawValue: 1 << 7)

  /// All features that the library knows.
  public static let all: BTFFeatures = [
    .functions, .dataSections, .globalFunctions, .floats, .declarationTags, .typeTags, .enumerations64,
    .questionMarks,
  ]
}

// MARK: - The running kernel

extension BTFFeatures {
  /// Returns the features of the running kernel. Probes each by loading the smallest object that uses it.
  ///
  /// Keep the result; it does not change until the machine is restarted.
  ///
  /// System calls: `BPF_BTF_LOAD` for each feature, close(2). Linux 4.18. Capability: `CAP_BPF` or `CAP_SYS_ADMIN`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not load BTF at all.
  public static func running() throws(BPFError) -> BTFFeatures {
    var features: BTFFeatures = []
    for (feature, definitions) in probes {
      var builder = BTFBuilder()
      builder.add("int", .int(byteCount: 4, BTFType.IntegerEncoding(isSigned: true, bitCount: 32)))
      for definition in definitions { builder.add(definition) }
      if try isAccepted(builder.encoded()) { features.insert(feature) }
    }
    return features
  }

  private static func isAccepted(_ object: [UInt8]) throws(BPFError) -> Bool {
    do throws(Errno) {
      _ = try BPFCommand.btfLoad(object)
      return true
    } catch {
      if error == .invalidArgument { return false }
      let cause = error == .notPermitted ? Privilege.refusal(of: "loading BTF", needing: [.bpf]) : nil
      throw BPFError(.probe, error.unansweredCode, errno: error, cause ?? "")
    }
  }

  /// Types that use each feature. They follow `int`, which has the id 1.
  private static let probes: [(BTFFeatures, [BTFDefinition])] = [
    (.functions, [prototype, BTFDefinition("f", .function(prototype: 2, .static))]),
    (.globalFunctions, [prototype, BTFDefinition("f", .function(prototype: 2, .global))]),
    (.dataSections, [variable, section(".data")]),
    (.questionMarks, [variable, section("?.data")]),
    (.floats, [BTFDefinition("float", .float(byteCount: 4))]),
    (.declarationTags, [variable, BTFDefinition("tag", .declarationTag(on: 2))]),
    (.typeTags, [BTFDefinition("tag", .typeTag(1)), BTFDefinition(.pointer(to: 2))]),
    (.enumerations64, [BTFDefinition("e", .enumeration64([BTFType.Enumerator(name: "E", value: 1)]))]),
  ]

  private static let prototype = BTFDefinition(
    .functionPrototype(result: 0, parameters: [BTFDefinition.Parameter("a", type: 1)]))
  private static let variable = BTFDefinition("x", .variable(1, .static))

  private static func section(_ name: String) -> BTFDefinition {
    let variable = BTFDefinition.SectionVariable(2, byteOffset: 0, byteCount: 4)
    return BTFDefinition(name, .dataSection(byteCount: 4, variables: [variable]))
  }
}
