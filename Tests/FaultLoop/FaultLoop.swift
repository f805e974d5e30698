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

/// Runs a scenario once for each system call that can fail and each error that it can have. Every run is a process of its
/// own in which nothing has been asked of the kernel yet: it runs the scenario with the failure, then without.
struct FaultLoop {
  let scenario: Scenario
  let surroundings: Surroundings
  let fault: UnsafeMutablePointer<kf_fault>

  /// What became of the runs.
  struct Summary {
    var calls = 0
    var runs = 0
    /// Runs that gave the same result in spite of the failure.
    var tolerated = 0
    var problems: [String] = []
    /// What was said of each failure.
    var messages: [String] = []
  }

  /// Fails every call from the first to the last, with each of its errors. Of many that are the same in a row, the first
  /// three and the last fail.
  func run() -> Summary {
    var summary = Summary()
    guard case .success(let reference) = run(0, 0, reference: nil) else {
      summary.problems = ["without a failure: \(text)"]
      return summary
    }
    var number: UInt64 = 1
    while summary.problems.count < 100 {
      let choices = kf_fault_choices(fault, number)
      if choices == 0 { break }
      summary.calls += 1
      for way in 0..<min(choices, scenario.ways) {
        // Where a call does not fail in all ways, the next fails in others.
        let outcome = run(number, UInt32((number + UInt64(way)) % UInt64(choices)), reference: reference)
        summary.runs += 1
        switch outcome {
        case .success(reference), .success(Self.differs): summary.tolerated += 1
        case .success(let message): summary.messages.append("\(failure(number)): \(message)")
        case .failure(let problem): summary.problems.append("\(failure(number)): \(problem.description)")
        }
      }
      repeat { number += 1 } while kf_fault_is_repeated(fault, number) != 0
    }
    return summary
  }

  /// Which call failed, and how.
  private func failure(_ number: UInt64) -> String {
    let fault = fault.pointee
    let name = kf_call_name(fault.call).map { String(cString: $0) } ?? "call \(fault.call)"
    let arguments = "\(fault.arguments.0), \(fault.arguments.1)"
    return "\(scenario.name) \(number) \(name)(\(arguments)) \(Errno(rawValue: fault.error))"
  }

  /// What the child left.
  private var text: String {
    withUnsafeBytes(of: &fault.pointee.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  // MARK: - One run

  /// Runs the scenario in a new process, and returns its result, or what was said of the failure.
  ///
  /// - Parameter reference: the result without a failure; nil to find out.
  private func run(_ number: UInt64, _ choice: UInt32, reference: String?) -> Result<String, Unexpected> {
    fault.pointee.number = number
    fault.pointee.choice = choice
    fault.pointee.count = 0
    fault.pointee.call = -1
    fault.pointee.error = 0
    tell("")
    let child = kf_fork()
    if child == 0 {
      let status: Int32
      switch runInChild(reference: reference) {
      case .success(let result): (status, _) = (0, tell(result))
      case .failure(let problem): (status, _) = (1, tell(problem.description))
      }
      _exit(status)
    }
    guard child > 0 else { return .failure(Unexpected("no process could be started")) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    switch status {
    case 0: return .success(text)
    case SIGALRM: return .failure(Unexpected("hung"))
    case 1 << 8: return .failure(Unexpected(text))
    default: return .failure(Unexpected("the process ended with wait status \(status)"))
    }
  }

  private func tell(_ message: String) {
    withUnsafeMutableBytes(of: &fault.pointee.text) { text in
      text[text.copyBytesAndCount(message.utf8.prefix(text.count - 1))] = 0
    }
  }

  /// What a run tells whose result differs as it may.
  private static let differs = "the result differs as documented"

  private func runInChild(reference: String?) -> Result<String, Unexpected> {
    alarm(20)
    let isolated = scenario.isolatesNetwork ? kf_unshare_network() : 0
    guard isolated == 0 else { return .failure(Unexpected("no network namespace: errno \(-isolated)")) }
    let injected = kf_fault_inject(fault)
    guard injected == 0 else { return .failure(Unexpected("no fault can be injected: errno \(-injected)")) }
    let descriptors = OpenDescriptors.targets().sorted()

    fault.pointee.is_armed = 1
    let faulty = Result { try scenario.run(surroundings) }
    fault.pointee.is_armed = 0
    do {
      try checkNothingIsLeft(of: faulty, descriptors)
      let clean = try scenario.run(surroundings)
      if let reference, clean != reference {
        throw Unexpected("the run after it gave\n\(clean)\ninstead of\n\(reference)")
      }
      try checkNothingIsLeft(of: .success(clean), descriptors)
      return .success(try result(of: faulty, reference))
    } catch let problem as Unexpected {
      return .failure(problem)
    } catch {
      return .failure(Unexpected("the run after it failed: \(error)\n(the failure was: \(faulty))"))
    }
  }

  /// The result of a run with a failure: the one without, or what was said of the failure.
  private func result(of faulty: Result<String, any Error>, _ reference: String?) throws -> String {
    switch faulty {
    case .success(let result):
      guard reference == nil || result == reference else {
        let error = Errno(rawValue: fault.pointee.error)
        if scenario.documentedDifferences.contains(error) { return Self.differs }
        throw Unexpected("no failure was told, and the result was\n\(result)\ninstead of\n\(reference ?? "")")
      }
      return result
    case .failure(let problem as Unexpected): throw problem
    case .failure(let error):
      let message = "\(error)"
      guard error is BPFError, !message.isEmpty else {
        throw Unexpected("an error of another kind: \(error)")
      }
      let interruptions: [Errno] = [.interrupted, .resourceTemporarilyUnavailable]
      guard !interruptions.contains(Errno(rawValue: fault.pointee.error)) else {
        throw Unexpected("the call was not repeated: \(message)")
      }
      return message
    }
  }

  /// A scenario that fails leaves no descriptor; one that succeeds no pin either. What an unpinning left that failed is
  /// removed.
  private func checkNothingIsLeft(of result: Result<String, any Error>, _ before: [String]) throws {
    let after = OpenDescriptors.targets().sorted()
    guard after == before else {
      throw Unexpected("descriptors are left: \(after.filter { !before.contains($0) }), after \(result)")
    }
    try removePins(in: surroundings.pins)
  }

  private func removePins(in directory: FilePath) throws {
    for name in try names(in: directory) {
      let path = directory.appending(name)
      if unlink(path.string) == 0 { continue }
      try removePins(in: path)
      rmdir(path.string)
    }
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Copies bytes to the start, and returns how many.
  fileprivate func copyBytesAndCount(_ bytes: some Collection<UInt8>) -> Int {
    copyBytes(from: bytes)
    return bytes.count
  }
}
