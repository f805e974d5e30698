//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import Testing

@testable import BPFCodeGeneration

/// Tests that a kernel module which Embedded Swift or BPF cannot compile is refused with a file, a line and advice.
@Suite("Refused kernel modules", .sources, .compilers)
struct RefusedKernelModuleTests {
  /// A module that is refused.
  struct Refused: CustomTestStringConvertible {
    var testDescription: String
    var source: String
    /// The line of the source; nil if the compiler does not know it.
    var line: Int?
    var advice: String

    init(_ name: String, _ line: Int?, _ advice: String, _ source: String) {
      (testDescription, self.line, self.advice) = (name, line, advice)
      self.source = "import BPFKernel\n" + source
    }
  }

  @Test("Names the line and what to do", arguments: RefusedKernelModuleTests.all)
  func refusal(_ refused: Refused) throws {
    let module = try withTemporaryDirectory {
      try KernelModuleFixture.compile(["Refused.swift": refused.source], in: $0)
    }
    #expect(module.object == nil)
    let first = module.messages.split(separator: "\n").first ?? ""
    if let line = refused.line { #expect(first.hasPrefix("Refused.swift:\(line):"), "\(module.messages)") }
    #expect(first.contains("error: ") && first.contains(refused.advice), "\(module.messages)")
  }

  private static let pass = "@section(\"xdp\") func pass(_ context: XDPContext) -> XDPAction"

  static let all = declarations + features

  /// Declarations that cannot be in an object.
  private static let declarations = [
    Refused(
      "A program that throws", 3, "without 'throws', 'async' and generic parameters",
      """
      struct Bad: Error {}
      @section("xdp") func pass(_ context: XDPContext) throws(Bad) -> XDPAction { .pass }
      """),
    Refused(
      "A program in an extension of another module's type", 3, "not in an extension of another module's type",
      """
      extension XDPContext {
        @section("xdp") static func pass(_ context: XDPContext) -> XDPAction { .pass }
      }
      """),
    Refused(
      "A program that is a method", 3, "declare the method static",
      """
      struct Programs {
        @section("xdp") func pass(_ context: XDPContext) -> XDPAction { .pass }
      }
      """),
    Refused(
      "Two programs of one name", 4, "named 'pass': rename one",
      """
      enum A { @section("xdp") static func pass(_ context: XDPContext) -> XDPAction { .pass } }

      enum B { @section("xdp") static func pass(_ context: XDPContext) -> XDPAction { .drop } }
      """),
    Refused(
      "A name with other letters than ASCII", 2, "'größe' cannot be a name",
      """
      @section("xdp") func größe(_ context: XDPContext) -> XDPAction { .pass }
      """),
    Refused(
      "A keyword of C", 2, "'register' cannot be a name",
      """
      @section("xdp") func register(_ context: XDPContext) -> XDPAction { .pass }
      """),
    Refused(
      "Maps in a structure", nil, "'tables' contains a map",
      """
      struct Tables: ~Copyable, Sendable {
        let first = ArrayMap<UInt64>(maxEntries: 1)
        let second = ArrayMap<UInt64>(maxEntries: 2)
      }
      let tables = Tables()
      \(pass) {
        tables.second.withValue(of: 0) { $0 &+= 1 }
        return .pass
      }
      """),
  ]

  private static let features = [
    Refused(
      "A class", 2, "use a struct",
      """
      final class Count { var n: UInt32; init(_ n: UInt32) { self.n = n } }
      @inline(never) func read(_ count: Count) -> UInt32 { count.n }
      \(pass) { read(Count(context.queueIndex)) == 3 ? .pass : .drop }
      """),
    Refused(
      "An array", 3, "use an InlineArray",
      """
      \(pass) {
        var all: [UInt32] = []
        for index in 0..<context.queueIndex { all.append(index) }
        return all.count == 3 ? .pass : .drop
      }
      """),
    Refused(
      "A string", 3, "use StaticString",
      """
      \(pass) {
        let text = "\\(context.queueIndex)"
        return text.utf8.count == 3 ? .pass : .drop
      }
      """),
    Refused(
      "A dictionary", 3, "use a HashMap of BPFKernel",
      """
      \(pass) {
        var all: [UInt32: UInt32] = [:]
        all[context.queueIndex] = 3
        return all.count == 3 ? .pass : .drop
      }
      """),
    Refused(
      "An existential value", 6, "use a generic parameter",
      """
      protocol Rule { func allows() -> Bool }
      struct All: Rule { func allows() -> Bool { true } }
      struct None: Rule { func allows() -> Bool { false } }
      \(pass) {
        let rule: any Rule = context.queueIndex > 3 ? All() : None()
        return rule.allows() ? .pass : .drop
      }
      """),
    Refused(
      "An error of any type", 4, "declare the type, as in throws(ParseError)",
      """
      struct Short: Error {}
      func check(_ count: UInt32) throws -> UInt32 {
        if count == 3 { throw Short() }
        return count
      }
      \(pass) { do { return try check(context.queueIndex) == 2 ? .pass : .drop } catch { return .aborted } }
      """),
    Refused(
      "An escaping closure", 2, "closures that escape",
      """
      func adder(_ n: UInt32) -> () -> UInt32 { { n &+ 1 } }
      @inline(never) func call(_ body: @escaping () -> UInt32) -> UInt32 { body() }
      \(pass) { call(adder(context.queueIndex)) == 3 ? .pass : .drop }
      """),
    Refused(
      "The literal of an option set", 4, "write a.union(b)",
      """
      struct Flags: OptionSet { let rawValue: UInt8; static let syn = Flags(rawValue: 2), ack = Flags(rawValue: 16) }
      \(pass) {
        Flags(rawValue: UInt8(truncatingIfNeeded: context.queueIndex)).isSuperset(of: [.syn, .ack]) ? .pass : .drop
      }
      """),
    Refused(
      "Floating point", 3, "use integers",
      """
      \(pass) {
        let half = Double(context.queueIndex) * 0.5
        return half > 3.5 ? .pass : .drop
      }
      """),
    Refused(
      "128-bit arithmetic", 3, "use UInt64",
      """
      \(pass) {
        let product = UInt64(context.queueIndex).multipliedFullWidth(by: UInt64(context.interfaceIndex) << 30)
        return product.high == 3 ? .pass : .drop
      }
      """),
    Refused(
      "Six arguments", 6, "at most five arguments",
      """
      @inline(never)
      func mix(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ e: UInt32, _ f: XDPContext) -> UInt32 {
        a ^ b &+ c ^ d &+ e ^ f.queueIndex }
      \(pass) { let n = context.queueIndex
        return mix(n, n &+ 1, n &+ 2, n &+ 3, n &+ 4, context) == 3 ? .pass : .drop }
      """),
    Refused(
      "A global with an initial value of run time", 4,
      "'base': a global's initial value is computed at run time",
      """
      nonisolated(unsafe) var unknown = 3
      @inline(never) func compute(_ n: Int) -> Int { n * unknown }
      let base = UInt64(compute(3))
      \(pass) { base == UInt64(context.queueIndex) ? .pass : .drop }
      """),
    Refused(
      "A large result", 4, "return through an inout parameter",
      """
      struct Large: BitwiseCopyable { var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) }
      @inline(never)
      func make(_ n: UInt64, _ c: XDPContext) -> Large { Large(words: (n, n, n, n, n, UInt64(c.queueIndex))) }
      \(pass) { make(UInt64(context.queueIndex), context).words.5 == 3 ? .pass : .drop }
      """),
    Refused(
      "Random numbers of Swift", 2, "use the helper of BPFKernel",
      "\(pass) { UInt32.random(in: 0..<9) == 3 ? .pass : .drop }"),
    Refused("print", 2, "use printk", "\(pass) { print(\"x\"); return .pass }"),
    Refused(
      "More than 512 bytes of stack", nil, "512 bytes of stack",
      """
      \(pass) {
        var all = InlineArray<200, UInt64>(repeating: 0)
        for index in 0..<200 { all[index] = UInt64(context.queueIndex) &+ UInt64(index) }
        printk("x")
        return all[Int(context.queueIndex % 200)] == 3 ? .pass : .drop
      }
      """),
    Refused(
      "A program that takes another context", 3,
      "'count' is a program of the section 'tc': it takes a TCContext",
      """

      @section("tc") func count(_ context: XDPContext) -> XDPAction { .pass }
      """),
    Refused(
      "A program that returns another type", 2, "it takes an XDPContext and returns XDPAction or Int32",
      "@section(\"xdp\") func count(_ context: XDPContext) -> Bool { true }"),
    Refused(
      "A USDT probe", 2, "whose arguments only C can read: write the program in a .bpf.c file",
      "@section(\"usdt\") func pass(_ context: ProbeContext) -> Int32 { context.argument(0) == 0 ? 1 : 0 }"),
    Refused(
      "A probe of a system call", 2, "whose arguments only C can read: write the program in a .bpf.c file",
      "@section(\"ksyscall/openat\") func pass(_ context: ProbeContext) -> Int32 { Int32(context.argument(0)) }"
    ),
    Refused(
      "A section of no program type", 2, "the section 'xpd', which is of no program type",
      "@section(\"xpd\") func count(_ context: XDPContext) -> XDPAction { .pass }"),
    Refused(
      "A section without a context in Swift", 2,
      "the section 'freplace/weigh', whose program type is not supported in Swift: write the program in a .bpf.c file",
      "@section(\"freplace/weigh\") func count(_ context: FunctionContext) -> Int32 { 0 }"),
    Refused(
      "A program with the name of its section", 2, "'xdp' is named like its section",
      "@section(\"xdp\") func xdp(_ context: XDPContext) -> XDPAction { .pass }"),
    Refused(
      "A module without programs", nil, "the module has no programs",
      "public let counts = ArrayMap<UInt64>(maxEntries: 1)"),
  ]
}
