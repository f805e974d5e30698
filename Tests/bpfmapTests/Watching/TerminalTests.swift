//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import Foundation
import KernelFixtures
import Testing

@testable import bpfmap

extension TopTests {
  /// Checks that live views restore the terminal. Nested in `TopTests`, which checks that no `top` is attached.
  @Suite("Live views at a terminal", .kernel)
  struct TerminalTests {
    private static let enter = "\u{1b}[?1049h\u{1b}[?25l"
    private static let leave = "\u{1b}[?25h\u{1b}[?1049l"

    /// Expects the terminal to have its previous modes, and to have left the alternate screen.
    private func expectRestored(_ terminal: TerminalSession, _ modes: Int32, _ comment: Comment) {
      #expect(terminal.modes == modes, comment)
      let last = terminal.text.range(of: Self.leave, options: .backwards)
      let entered = terminal.text.range(of: "\u{1b}[?1049h", options: .backwards)
      #expect(last != nil, comment)
      if let last, let entered { #expect(entered.lowerBound < last.lowerBound, comment) }
    }

    @Test(
      "Restores the terminal before a signal terminates the process",
      arguments: [SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGABRT, 40, SIGTERM, SIGINT])
    func signals(number: Int32) throws {
      let terminal = try TerminalSession(Tool.path, ["top", "--interval", "0.1"])
      let before = terminal.modes
      #expect(terminal.waits(for: "CALLS/S"))
      #expect(terminal.modes != before)
      terminal.send(number)
      #expect(terminal.wait() == (number == SIGTERM || number == SIGINT ? 0 : -number))
      expectRestored(terminal, before, "signal \(number)")
    }

    @Test("Restores the terminal before a crash report is printed")
    func crash() throws {
      // Installs the handlers of Swift's runtime.
      let terminal = try TerminalSession(
        "/usr/bin/env", ["-u", "SWIFT_BACKTRACE", Tool.path, "top", "--interval", "0.1"])
      #expect(terminal.waits(for: "CALLS/S"))
      terminal.send(SIGSEGV)
      #expect(terminal.waits(for: Self.leave))
    }

    @Test("Restores the terminal while a write to it is blocked")
    func whilePainting() throws {
      let terminal = try TerminalSession(Tool.path, ["top", "--interval", "0.001"])
      let before = terminal.modes
      #expect(eventually { terminal.isBlockedInWrite })
      terminal.send(SIGUSR1)
      #expect(terminal.wait() == -SIGUSR1)
      expectRestored(terminal, before, "blocked")
    }

    @Test("A second interruption terminates a blocked process, and restores the terminal")
    func secondInterruption() throws {
      let terminal = try TerminalSession(Tool.path, ["top", "--interval", "0.001"])
      let before = terminal.modes
      #expect(eventually { terminal.isBlockedInWrite })
      terminal.send(SIGTERM)
      terminal.send(SIGTERM)
      // The kernel can merge both signals. The command then ends normally once the terminal is read.
      let status = terminal.wait()
      #expect(status == -SIGTERM || status == 0)
      expectRestored(terminal, before, "hanging")
    }

    @Test(
      "Ctrl-Z restores the terminal for the shell, and fg shows the page again", .notSanitized(.delaysSignals)
    )
    func jobControl() throws {
      let script = """
        set -m
        "$0" top --interval 3600
        echo stopped; stty -a | tr ' ' '\\n' | grep -x -e '-*icanon' -e '-*echo'
        fg >/dev/null; echo "ended $?"
        """
      let terminal = try TerminalSession("/bin/bash", ["--norc", "-c", script, Tool.path])
      // No new page is due during the interval: fg redraws the last one.
      #expect(terminal.waits(for: Self.enter))
      terminal.type("\u{1a}")
      #expect(terminal.waits(for: "stopped"))
      #expect(
        eventually {
          terminal.waits(for: "echo") && terminal.text.components(separatedBy: Self.enter).count == 3
        })
      terminal.type("q")
      #expect(terminal.waits(for: "ended 0"))
      #expect(terminal.wait() == 0)
      let parts = terminal.text.components(separatedBy: Self.leave)
      try #require(parts.count == 3)
      // No page is drawn between the stop and fg, and the shell has the previous modes.
      let shell = parts[1].components(separatedBy: Self.enter)
      #expect(shell.count == 2 && !shell[0].contains("system calls/s"))
      #expect(shell[0].contains("\nicanon\r\n") && shell[0].contains("\necho\r\n"), "\(shell[0])")
      #expect(parts[2].contains("system calls/s from") && parts[2].contains("ended 0"))
    }

    @Test("Redraws the page immediately after fg")
    func repainting() throws {
      let script = """
        set -m
        "$0" top --interval 1 --rows 1; echo stopped; fg >/dev/null
        """
      let terminal = try TerminalSession("/bin/bash", ["--norc", "-c", script, Tool.path])
      #expect(terminal.waits(for: "CALLS/S"))
      terminal.type("\u{1a}")
      #expect(terminal.waits(for: "stopped"))
      // The first page after fg is the previous page, with its time.
      #expect(eventually { terminal.waits(for: "stopped") && pages(after: "stopped", terminal).count >= 1 })
      let (before, after) = (pages(before: "stopped", terminal).last, pages(after: "stopped", terminal).first)
      #expect(before != nil && before == after)
      terminal.type("q")
      #expect(terminal.wait() == 0)
    }

    /// Returns the times of the pages before a text.
    private func pages(before words: String, _ terminal: TerminalSession) -> [String] {
      times(terminal.text.components(separatedBy: words).first ?? "")
    }

    /// Returns the times of the pages after a text.
    private func pages(after words: String, _ terminal: TerminalSession) -> [String] {
      times(terminal.text.components(separatedBy: words).dropFirst().joined(separator: words))
    }

    private func times(_ text: String) -> [String] {
      text.matches(of: /processe?s?   (\d\d:\d\d:\d\d\.\d\d\d)/).map { String($0.1) }
    }

    @Test("SIGTERM ends a stopped job in the background", .notSanitized(.delaysSignals))
    func killedWhileStopped() throws {
      let script = """
        set -m
        "$0" top --interval 3600
        kill -TERM %1; kill -CONT %1; wait %1; echo "ended $?"
        """
      let terminal = try TerminalSession("/bin/bash", ["--norc", "-c", script, Tool.path])
      #expect(terminal.waits(for: Self.enter))
      terminal.type("\u{1a}")
      #expect(terminal.waits(for: "ended 0"))
      #expect(terminal.wait() == 0)
    }

    @Test("q ends watch, which prints lines", arguments: ["q", "Q", "\u{3}"])
    func watch(key: String) throws {
      try withBPFFileSystem { directory in
        let path = directory.appending("map")
        try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1).pin(at: path)
        let terminal = try TerminalSession(Tool.path, ["watch", path.string, "--interval", "3600"])
        let before = terminal.modes
        #expect(terminal.waits(for: "watching map"))
        #expect(terminal.modes != before)
        terminal.type("x")
        terminal.type(key)
        #expect(terminal.wait() == 0)
        #expect(terminal.modes == before)
        #expect(terminal.text.contains("0 rounds in ") && !terminal.text.contains("\u{1b}["))
      }
    }

    @Test("watch keeps running in the background, without reading keys")
    func watchInBackground() throws {
      try withBPFFileSystem { directory in
        let path = directory.appending("map")
        try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1).pin(at: path)
        let script = """
          set -m
          "$0" watch "$1" --interval 0.01 --count 3 & wait %1; echo "ended $?"
          """
        let terminal = try TerminalSession("/bin/bash", ["--norc", "-c", script, Tool.path, path.string])
        #expect(terminal.waits(for: "ended 0"))
        #expect(terminal.text.contains("3 rounds in "))
      }
    }

    @Test("The headline of the last page is visible above the shell's prompt")
    func headline() throws {
      let terminal = try TerminalSession(Tool.path, ["top", "--interval", "0.2"], rows: 8, columns: 40)
      #expect(terminal.waits(for: "CALLS/S"))
      terminal.type("q")
      #expect(terminal.wait() == 0)
      let rest = try #require(terminal.text.components(separatedBy: Self.leave).last)
      let lines = rest.components(separatedBy: "\r\n")
      #expect(lines.first?.contains(" system calls/s from ") == true)
      // The last component is the empty text after the last line.
      #expect(lines.count <= 8 && lines.last == "" && lines.allSatisfy { $0.columnCount <= 40 })
    }
  }

}

@Suite("Text width")
struct ColumnCountTests {
  @Test("The width of characters matches the C library's")
  func widths() {
    var wrong: [String] = []
    let blocks: [ClosedRange<UInt32>] = [
      0x20...0x7e, 0xa0...0xac, 0xae...0x377, 0x400...0x52f, 0x5d0...0x5ea, 0x904...0x939, 0x1100...0x1112,
      0x2010...0x2027, 0x2190...0x21ff, 0x2500...0x259f, 0x3001...0x3029, 0x3041...0x3096, 0x30a0...0x30ff,
      0x4e00...0x9fcb, 0xac00...0xd7a3, 0xff01...0xff60, 0x1f600...0x1f64f, 0x1f680...0x1f6c5,
      0x20000...0x2a6d6,
    ]
    for value in blocks.joined() {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let width = Int(kf_character_columns(value))
      if width >= 0, width != scalar.columnCount { wrong.append(String(value, radix: 16)) }
    }
    #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(10))")
  }

  @Test("Truncates text before the first character that does not fit")
  func prefix() {
    #expect("abc".columnCount == 3 && "日本".columnCount == 4 && "e\u{301}🦀".columnCount == 3)
    #expect("日本".prefix(columns: 3) == "日" && "日本".prefix(columns: 4) == "日本")
    #expect("e\u{301}x".prefix(columns: 1) == "e\u{301}")
  }

  @Test("Aligns columns after wide characters")
  func table() throws {
    var counts = SystemCallCounts()
    counts.calls = [
      SystemCalls.Call(process: 1, number: 0, convention: 0): 2,
      SystemCalls.Call(process: 2, number: 1, convention: 0): 1,
    ]
    let report = SystemCallReport(from: SystemCallCounts(), to: counts)
    let text = TopText(report: report) { $0 == 1 ? "日本語🦀" : "bash" }
    let page = try text.page(time: "", columns: 100, rows: 5)
    let columns = page.compactMap { line in
      line.range(of: #"(read|write|CALL) +\S+ +\S+$"#, options: .regularExpression).map {
        String(line[..<$0.lowerBound]).columnCount
      }
    }
    #expect(columns.count == 3 && Set(columns).count == 1, "\(page)")
  }
}
