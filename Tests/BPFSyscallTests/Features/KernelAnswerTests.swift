//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import Synchronization
import Testing

@Suite("Cached kernel answers")
struct KernelAnswerTests {
  private struct Failure: Error {}

  @Test("Failures are thrown and not cached; answers are cached")
  func failures() throws {
    let answer = KernelAnswer<Int>()
    var questions = 0
    for _ in 0..<3 {
      #expect(throws: Failure.self) {
        try answer.get { () throws(Failure) in
          questions += 1
          throw Failure()
        }
      }
      #expect(answer.known == nil)
    }
    #expect(questions == 3)
    #expect(answer.get { 7 } == 7)
    #expect(answer.known == 7)
    #expect(
      try answer.get { () throws(Failure) in
        throw Failure()
      } == 7)
    #expect(KernelAnswer(known: 8).get { 9 } == 8)
  }

  @Test("Concurrent callers ask in turn until one gets the answer")
  func threads() throws {
    let answer = KernelAnswer<Int>()
    let questions = Questions()
    let jobs = (0..<8).map { _ in Worker.start { answer.get { questions.next() } } }
    for job in jobs { #expect(try job.join() == 1) }
    #expect(questions.next() == 2)
  }

  private final class Questions: Sendable {
    private let count = Atomic<Int>(0)
    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
  }
}

@Suite("Kernel releases")
struct KernelReleaseTests {
  @Test(
    "Parses a release at the beginning of a text",
    arguments: [
      ("6.18", 6, 18), ("6.18.44-fc-v657", 6, 18), ("Linux 5.2", 5, 2), ("5.10.0-28-amd64", 5, 10),
      ("6.19-rc1", 6, 19),
    ])
  func parsed(text: String, major: Int, minor: Int) {
    let release = KernelRelease(text)
    #expect(release?.major == major && release?.minor == minor)
  }

  @Test("Rejects a text without a release", arguments: ["", "6", "six.one", "6."])
  func refused(text: String) { #expect(KernelRelease(text) == nil) }

  @Test("The running kernel's release matches /proc")
  func running() throws {
    let text = try KernelFile.read("/proc/sys/kernel/osrelease")
    #expect(KernelRelease.runningText + "\n" == text)
    #expect(KernelRelease.running != nil)
  }

  @Test("A required release is named only for an older kernel")
  func requirement() {
    #expect(
      KernelRelease.requirement("6.19", running: "6.18.44-x")
        == "it takes Linux 6.19 or later, and this is Linux 6.18.44-x")
    #expect(
      KernelRelease.requirement("Linux 5.9", running: "5.10.0")
        == "Linux 5.9 and later have it, but this Linux 5.10.0 was built or configured without it")
    #expect(KernelRelease.requirement("5.9", running: "?") == "it takes Linux 5.9 or later")
    #expect(KernelRelease.isOlder(than: "5.10", running: KernelRelease("5.9.16")))
    #expect(!KernelRelease.isOlder(than: "5.10", running: KernelRelease("5.10.0")))
  }
}
