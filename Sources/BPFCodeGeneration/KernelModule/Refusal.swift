//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What Embedded Swift or BPF cannot do, with what to do instead.
package struct Refusal {
  /// What to do instead.
  package let advice: String
  /// Text in the compiler's message.
  let patterns: [String]
  /// How to find the source location if the message has none.
  let search: Search?

  /// What to look for in a module's bitcode.
  enum Search {
    /// An instruction with one of the texts.
    case instruction([String])
    /// A function whose declaration has the text.
    case function(String)
  }

  private init(_ patterns: [String], _ search: Search? = nil, _ advice: String) {
    (self.patterns, self.search, self.advice) = (patterns, search, advice)
  }

  /// Returns the refusal that a message is about.
  package static func of(_ message: String) -> Refusal? {
    all.first { $0.patterns.contains { message.contains($0) } }
  }
}

extension Refusal {
  /// All refusals. The first that matches a message counts.
  static let all = swift + backEnd

  /// Those of the Swift compiler.
  private static let swift = [
    Refusal(
      ["_StringBreadcrumbs", "__StringStorage", "_StringStorage"], nil,
      "kernel code cannot build strings, which allocate memory: use StaticString, or bytes in an InlineArray"),
    Refusal(
      [
        "_ContiguousArrayStorage<(", "_DictionaryStorage", "_SetStorage", "__SwiftNativeNSDictionary",
        "__SwiftNativeNSSet",
      ], nil,
      "kernel code cannot have dictionaries and sets, which allocate memory: use a HashMap of BPFKernel, or an InlineArray"
    ),
    Refusal(
      ["_ContiguousArrayStorage", "__SwiftNativeNSArray"], nil,
      "kernel code cannot have arrays, which allocate memory: use an InlineArray; instead of the literal [a, b] of an "
        + "option set write a.union(b)"),
    Refusal(
      ["cannot use allocating type"], nil,
      "kernel code cannot have instances of classes, which allocate memory: use a struct"),
    Refusal(
      ["cannot use escaping closures", "cannot use allocating operation"], nil,
      "kernel code cannot have closures that escape, which allocate memory: pass the closure to a function that does not "
        + "store it"),
    Refusal(
      ["protocol type 'any Error'"], nil,
      "kernel code cannot throw errors of any type: declare the type, as in throws(ParseError)"),
    Refusal(
      ["a value of protocol type", "existential"], nil,
      "kernel code cannot have values of protocol types: use a generic parameter, or an enum of the possible types"
    ),
    Refusal(
      ["cannot find 'Task' in scope", "_Concurrency"], nil,
      "kernel code cannot have tasks: a program runs to its end"),
  ]

  /// Those of the back end for BPF.
  private static let backEnd = [
    Refusal(
      [
        "df' is not", "sf' is not", "df2' is not", "sf2' is not", "df3' is not", "sf3' is not",
        "dfsi' is not",
        "dfdi' is not", "sfsi' is not", "sfdi' is not", "extendsf", "truncdf",
      ],
      .instruction([" double ", " float "]),
      "the kernel has no floating-point numbers: use integers, such as thousandths"),
    Refusal(
      ["ti3' is not", "'__multi3'", "__udivti3", "__umodti3", "__ashlti3"], .instruction([" i128 "]),
      "BPF cannot multiply, divide or shift 128-bit integers: use UInt64, with &* or smaller operands"),
    Refusal(
      ["too many arguments", "stack arguments are not supported"], nil,
      "a function of BPF takes at most five arguments of 64 bits: pass a structure inout, or mark the function "
        + "@inline(__always)"),
    Refusal(
      ["aggregate returns are not supported", "only small returns supported"], .function(" sret("),
      "a function of BPF returns at most 16 bytes: return through an inout parameter, or mark the function "
        + "@inline(__always)"),
    Refusal(
      ["stack limit is exceeded", "'memset' is not", "'memcpy' is not", "'memmove' is not"], nil,
      "a program has 512 bytes of stack: keep large values in a map, such as a PerCPUArrayMap of one element"),
    Refusal(
      ["swift_once", "one-time initialization token"], .instruction(["@swift_once("]),
      "a global's initial value is computed at run time, which the kernel cannot do: write a constant expression"
    ),
    Refusal(
      ["swift_allocObject", "swift_slowAlloc", "posix_memalign", "'free'"],
      .instruction(["@swift_allocObject(", "@swift_slowAlloc(", "@posix_memalign("]),
      "kernel code cannot allocate memory: use structs and maps"),
    Refusal(
      ["'arc4random_buf'"], .instruction(["@arc4random_buf(", "@swift_stdlib_random("]),
      "Swift's random numbers are not in the kernel: use the helper of BPFKernel"),
    Refusal(
      ["'putchar'"], .instruction(["@putchar("]),
      "print is not in the kernel: use printk of BPFKernel"),
    Refusal(
      ["Cannot select"], nil,
      "BPF has no instruction for an operation of this module: report it as a bug of swift-bpf"),
  ]
}
