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

/// A run of a scenario in a process of its own: first with a failure, then without.
struct Run {
  let scenario: Scenario
  let surroundings: Surroundings
  let fault: UnsafeMutablePointer<kf_fault>

  /// Runs the scenario, and returns its result, or the message of the failure.
  ///
  /// - Parameter reference: the result without a failure, or `nil` if it is not known yet.
  func outcome(reference: String?) -> Result<String, Unexpected> {
    // SIGALRM ends a process that hangs.
    alarm(120)
    let isolated = scenario.isolatesNetwork ? kf_unshare_network() : 0
    guard isolated == 0 else {
      return .failure(Unexpected("cannot create a network namespace: errno \(-isolated)"))
    }
    let injected = kf_fault_inject(fault)
    guard injected == 0 else { return .failure(Unexpected("cannot inject a fault: errno \(-injected)")) }
    let descriptors = OpenDescriptors.targets().sorted()

    fault.pointee.is_armed = 1
    let faulty = Result { try scenario.run(surroundings) }
    fault.pointee.is_armed = 0
    do {
      try checkNothingIsLeft(of: faulty, descriptors)
      let clean = try scenario.run(surroundings)
      if let reference, clean != reference {
        throw Unexpected("the next run returned\n\(clean)\ninstead of\n\(reference)")
      }
      try checkNothingIsLeft(of: .success(clean), descriptors)
      return .success(try result(of: faulty, reference))
    } catch let problem as Unexpected {
      return .failure(problem)
    } catch {
      return .failure(Unexpected("the next run failed: \(error)\n(the failure was: \(faulty))"))
    }
  }

  /// Returns the result of the run with a failure: that of the scenario, or the message of the error it threw.
  private func result(of faulty: Result<String, any Error>, _ reference: String?) throws -> String {
    switch faulty {
    case .success(let result):
      guard reference == nil || result == reference else {
        let error = Errno(rawValue: fault.pointee.error)
        if scenario.documentedDifferences.contains(error) { return FaultLoop.differs }
        throw Unexpected("no error was thrown, but the result was\n\(result)\ninstead of\n\(reference ?? "")")
      }
      return result
    case .failure(let problem as Unexpected): throw problem
    case .failure(let error):
      let message = "\(error)"
      guard let error = error as? BPFError, !message.isEmpty else {
        throw Unexpected("not a BPFError: \(error)")
      }
      guard error.namesItsObject else {
        throw Unexpected("the error does not name its object: \(message)")
      }
      guard !message.contains("errno ") else { throw Unexpected("the errno has no name: \(message)") }
      let interruptions: [Errno] = [.interrupted, .resourceTemporarilyUnavailable]
      guard !interruptions.contains(Errno(rawValue: fault.pointee.error)) else {
        throw Unexpected("the call was not repeated: \(message)")
      }
      return message
    }
  }

  /// Checks that a scenario leaves no descriptor, and removes pins that a failed unpinning left.
  private func checkNothingIsLeft(of result: Result<String, any Error>, _ before: [String]) throws {
    let after = OpenDescriptors.targets().sorted()
    guard after == before else {
      throw Unexpected("leaked descriptors: \(after.filter { !before.contains($0) }), after \(result)")
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
  /// Whether the error names the map, program, link, file or other target that it concerns.
  fileprivate var namesItsObject: Bool {
    if operation == .list || operation == .probe { return true }
    let hasObject = mapName != nil || mapID != nil || programName != nil || programID != nil || linkID != nil
    return hasObject || path != nil || ["'", "/", " id "].contains { explanation.contains($0) }
  }
}
