//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import KernelFixtures
import Testing

/// Cold code that the compiler outlines into functions of its own.
@Suite("Cold code", .sources, .notEmulated(.asksNoKernel))
struct ColdCodeTests {
  @Test(
    "Rejects an object with outlined cold code and names the compiler option",
    arguments: ["prog.cold.1", "prog.cold"])
  func refusal(name: String) throws {
    let assembly = """
      .section tc,"ax",@progbits
      .globl prog
      .type prog,@function
      prog:
        call \(name)
        exit
      .size prog, .-prog
      .type \(name),@function
      \(name):
        r0 = 1
        exit
      .size \(name), .-\(name)
      .section .BTF,"",@progbits
        .byte 1
      """
    let error = #expect(throws: BPFError.self) { try ObjectFixture.object(assembly: assembly) }
    #expect(error?.code == .unsupported)
    let text = error?.explanation ?? ""
    #expect(text.contains("'\(name)'") && text.contains("section 'tc'"), "\(text)")
    #expect(text.contains("'-Xclang -fno-split-cold-code'") && !text.contains("BTF"))
  }

  @Test("The article on the build plugin lists the compiler options")
  func documented() throws {
    let options = try KernelFile.read(FixtureObjects.package.appending("Headers/clang-bpf.options"))
    let article = try KernelFile.read(FixtureObjects.package.appending("Sources/BPF/BPF.docc/BuildPlugin.md"))
    let line = try #require(options.split(separator: "\n").first)
    #expect(article.contains("`\(line) -Wall`"))
  }

  @Test("The compiler options of the tests and the build plugin prevent outlining")
  func option() throws {
    let file = try ObjectFixture.object(
      source: """
        static long (*print)(const char *format, unsigned size, ...) = (void *)6;
        __attribute__((section("tc"), used)) int prog(unsigned *packet) {
          static const char text[] = "%d";
          if (__builtin_expect(*packet > 100000, 0)) {
            print(text, sizeof text, *packet);
            print(text, sizeof text, packet[1]);
            print(text, sizeof text, packet[2]);
            return 1;
          }
          return 0;
        }
        """)
    #expect(file.code.flatMap(\.functions).map(\.name) == ["prog"])
  }
}
