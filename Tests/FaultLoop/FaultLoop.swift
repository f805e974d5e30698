//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import KernelFixtures

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Runs a scenario once for each system call that can fail and each of its possible errors. Every run is a new process
/// without cached kernel features. It runs the scenario with the failure, then without.
struct FaultLoop {
  let scenario: Scenario
  let surroundings: Surroundings

  /// The outcomes of the runs.
  struct Summary {
    var calls = 0
    var runs = 0
    /// Runs with the same result despite the failure.
    var tolerated = 0
    var problems: [String] = []
    /// The messages of the failures.
    var messages: [String] = []
  }

  /// A system call to fail, by its number from 1, and the index of its error.
  private struct Failure {
    var number: UInt64
    var choice: UInt32
  }

  /// The number of concurrent runs. They mostly wait for the kernel.
  private static let workers = 8

  /// Fails every call with each of its errors.
  func run() -> Summary {
    var summary = Summary()
    var workers: [RunProcess] = []
    for index in 0..<FaultLoop.workers {
      guard let worker = RunProcess(index, surroundings.pins) else {
        summary.problems = ["cannot create memory or a directory for a run"]
        return summary
      }
      workers.append(worker)
    }
    defer { for worker in workers { worker.removeDirectory() } }

    let reference: String
    switch recordCalls(workers) {
    case .success(let text): reference = text
    case .failure(let problem):
      summary.problems = ["without a failure: \(problem)"]
      return summary
    }
    let record = workers[0].fault
    summary.calls = Int(record.pointee.call_count)
    var failures: [Failure] = []
    for number in 1...max(record.pointee.call_count, 1) {
      for choice in 0..<kf_fault_choices(record, number) {
        failures.append(Failure(number: number, choice: choice))
      }
    }
    for failure in failures {
      var index = workers.firstIndex { $0.process == 0 }
      if index == nil { index = finishOne(&workers, record, reference, &summary) }
      guard let index else { break }
      start(&workers[index], failure, reference: reference)
    }
    while workers.contains(where: { $0.process != 0 }) {
      _ = finishOne(&workers, record, reference, &summary)
    }
    if summary.runs != failures.count {
      summary.problems.append("only \(summary.runs) of \(failures.count) runs")
    }
    return summary
  }

  /// Runs the scenario twice without a failure, and returns its result. Both runs must make the same calls, since calls
  /// are identified by number.
  private func recordCalls(_ workers: [RunProcess]) -> Result<String, Unexpected> {
    var texts: [String] = []
    for worker in workers.prefix(2) {
      var worker = worker
      start(&worker, Failure(number: 0, choice: 0), reference: texts.first)
      var status: Int32 = 0
      while waitpid(worker.process, &status, 0) < 0, errno == EINTR {}
      switch worker.end(status) {
      case .success(let text): texts.append(text)
      case .failure(let problem): return .failure(problem)
      }
    }
    let (first, second) = (workers[0].calls, workers[1].calls)
    guard first == second else {
      return .failure(Unexpected("the calls differ from run to run:\n\(first)\n\(second)"))
    }
    guard first.count < KF_MAX_CALLS else { return .failure(Unexpected("there are too many calls to fail")) }
    return .success(texts[0])
  }

  /// Waits for a run to end, and counts it.
  ///
  /// - Returns: the worker that is now free, or `nil` if no run is left.
  private func finishOne(
    _ workers: inout [RunProcess], _ record: UnsafeMutablePointer<kf_fault>, _ reference: String,
    _ summary: inout Summary
  ) -> Int? {
    var status: Int32 = 0
    var process: pid_t
    repeat { process = waitpid(-1, &status, 0) } while process < 0 && errno == EINTR
    guard let index = workers.firstIndex(where: { $0.process == process }) else { return nil }
    let outcome = workers[index].end(status)
    let fault = workers[index].fault
    let failure = description(of: fault.pointee)
    summary.runs += 1
    let recorded = kf_fault_call(record, fault.pointee.number)?.pointee
    switch outcome {
    case .success where fault.pointee.error == 0 || fault.pointee.call != recorded?.call:
      summary.problems.append("\(failure): the call to fail was not made")
    case .success(reference), .success(Self.differs): summary.tolerated += 1
    case .success(let message): summary.messages.append("\(failure): \(message)")
    case .failure(let problem): summary.problems.append("\(failure): \(problem)")
    }
    return index
  }

  /// Returns a description of the failed call and its error.
  private func description(of fault: kf_fault) -> String {
    let name = kf_call_name(fault.call).map { String(cString: $0) } ?? "call \(fault.call)"
    let arguments = "\(fault.arguments.0), \(fault.arguments.1)"
    return "\(scenario.name) \(fault.number) \(name)(\(arguments)) \(Errno(rawValue: fault.error))"
  }

  // MARK: - One run

  /// Starts a process that runs the scenario with a failure.
  ///
  /// - Parameter reference: the result without a failure, or `nil` if it is not known yet.
  private func start(_ worker: inout RunProcess, _ failure: Failure, reference: String?) {
    worker.prepare(failure.number, failure.choice)
    let child = kf_fork()
    guard child == 0 else {
      worker.process = child
      return
    }
    let run = Run(scenario: scenario, surroundings: surroundings(of: worker), fault: worker.fault)
    let status: Int32
    switch run.outcome(reference: reference) {
    case .success(let result): (status, _) = (0, worker.tell(result))
    case .failure(let problem): (status, _) = (1, worker.tell(problem.description))
    }
    _exit(status)
  }

  private func surroundings(of worker: RunProcess) -> Surroundings {
    Surroundings(pins: worker.directory, objects: surroundings.objects, types: surroundings.types)
  }

  /// The message of a run with a documented difference in its result.
  static let differs = "the result differs as documented"
}
