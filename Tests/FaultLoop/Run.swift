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

/// One run of a scenario in a process of its own: with a failure, then without.
struct Run {
  let scenario: Scenario
  let surroundings: Surroundings
  let fault: UnsafeMutablePointer<kf_fault>

  /// Runs the scenario, and returns its result, or the message of the failure.
  ///
  /// - Parameter reference: the result without a failure; nil to find out.
  func outcome(reference: String?) -> Result<String, Unexpected> {
    // Hangs end the process by SIGALRM.
    alarm(120)
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
        if scenario.documentedDifferences.contains(error) { return FaultLoop.differs }
        throw Unexpected("no failure was told, and the result was\n\(result)\ninstead of\n\(reference ?? "")")
      }
      return result
    case .failure(let problem as Unexpected): throw problem
    case .failure(let error):
      let message = "\(error)"
      guard let error = error as? BPFError, !message.isEmpty else {
        throw Unexpected("an error of another kind: \(error)")
      }
      guard error.namesItsObject else {
        throw Unexpected("the error does not say what it is about: \(message)")
      }
      guard !message.contains("errno ") else { throw Unexpected("the error has no name: \(message)") }
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

extension BPFError {
  /// Whether the error says which map, program, link, file or other target it is about, where there is one.
  fileprivate var namesItsObject: Bool {
    if operation == .list || operation == .probe { return true }
    let hasSubject = mapName != nil || mapID != nil || programName != nil || programID != nil || linkID != nil
    return hasSubject || path != nil || ["'", "/", " id "].contains { explanation.contains($0) }
  }
}
