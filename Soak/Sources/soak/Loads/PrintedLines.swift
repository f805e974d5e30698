//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import Synchronization

/// Lines that a program prints to the kernel's trace, read by loops that are cancelled. The trace is one for the machine:
/// if somebody else reads it, this has nothing to say.
struct PrintedLines: Load {
  private let schedule: Schedule
  private let ledger: Ledger

  private final class Tally: Sendable {
    struct Numbers {
      var (read, lost, next, disorder, torn) = (UInt64(0), UInt64(0), UInt32(0), 0, 0)
    }
    let numbers = Mutex(Numbers())

    func add(_ line: TraceLine, mark: String) {
      numbers.withLock { numbers in
        numbers.lost += UInt64(line.lost?.count ?? 0)
        guard line.raw.contains(mark) else { return }
        guard let text = line.message?.text, text.hasPrefix(mark), text.hasSuffix("."),
          let number = UInt32(text.dropFirst(mark.count).dropLast())
        else {
          numbers.torn += 1
          return
        }
        if number < numbers.next { numbers.disorder += 1 }
        numbers.next = number + 1
        numbers.read += 1
      }
    }
  }

  init(_ schedule: Schedule, _ ledger: Ledger) { (self.schedule, self.ledger) = (schedule, ledger) }

  func run() async throws -> [Account] {
    let pipe: TracePipe
    do throws(BPFError) {
      pipe = try TracePipe()
    } catch {
      guard error.code == .busy else { throw error }
      var account = Account("trace", sent: 0, received: 0, lost: 0)
      account.remarks = "somebody else reads it"
      return [account]
    }
    let requests = try Requests.load()
    ledger.note(requests.object)
    let mark = UInt32(truncatingIfNeeded: schedule.seed &* 1009 &+ UInt64(getpid()))
    let tally = Tally()
    async let printed: Void = Job.run {
      var dice = schedule.dice("printer")
      while !schedule.isOver {
        let lines = withUnsafeBytes(of: (mark, UInt32(1 << dice.roll(0..<12)))) { Array($0) }
        _ = try requests.programs.print.run(context: lines)
        pause(dice.moment(20) + .milliseconds(20))
      }
    }
    var dice = schedule.dice("trace")
    while !schedule.isOver { try await read(pipe, "soak \(mark) ", tally, for: dice.moment(60)) }
    try await printed
    // Whatever else is printed meanwhile, a loop of a second is enough for what is left.
    try await read(pipe, "soak \(mark) ", tally, for: .seconds(1))
    let sent = UInt64(try requests.variables.printed)
    return [
      tally.numbers.withLock { numbers in
        var account = Account("trace", sent: sent, received: numbers.read, lost: numbers.lost)
        account.hasOthers = true
        if numbers.disorder > 0 { account.faults.append("\(numbers.disorder) lines out of order") }
        if numbers.torn > 0 { account.faults.append("\(numbers.torn) lines in pieces") }
        return account
      }
    ]
  }

  private func read(_ pipe: TracePipe, _ mark: String, _ tally: Tally, for moment: Duration) async throws {
    let task = Task {
      for try await line in pipe.lines(every: .milliseconds(2)) { tally.add(line, mark: mark) }
    }
    try await Task.sleep(for: moment)
    task.cancel()
    try await task.value
    ledger.noteCancelled()
  }
}
