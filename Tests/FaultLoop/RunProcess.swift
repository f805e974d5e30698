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

/// A slot for one run at a time: the memory it shares with the parent process, and its directory for pins.
struct RunProcess {
  let fault: UnsafeMutablePointer<kf_fault>
  let directory: FilePath
  /// The process of the run, or 0 between runs.
  var process: pid_t = 0

  init?(_ index: Int, _ pins: FilePath) {
    guard let fault = kf_fault_create() else { return nil }
    self.fault = fault
    directory = pins.appending("run\(index)")
    guard mkdir(directory.string, 0o700) == 0 else { return nil }
  }

  func removeDirectory() { rmdir(directory.string) }

  /// Sets the failure to inject.
  func prepare(_ number: UInt64, _ choice: UInt32) {
    fault.pointee.number = number
    fault.pointee.choice = choice
    (fault.pointee.count, fault.pointee.row) = (0, 0)
    if number == 0 { fault.pointee.call_count = 0 }
    (fault.pointee.call, fault.pointee.error) = (-1, 0)
    tell("")
  }

  /// Stores a message for the parent process.
  func tell(_ message: String) {
    withUnsafeMutableBytes(of: &fault.pointee.text) { text in
      let bytes = message.utf8.prefix(text.count - 1)
      text.copyBytes(from: bytes)
      text[bytes.count] = 0
    }
  }

  /// The message that the run stored.
  private var text: String {
    withUnsafeBytes(of: &fault.pointee.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Records the end of the run.
  ///
  /// - Parameter status: the status from waitpid(2).
  /// - Returns: the run's message, as its result or as its problem.
  mutating func end(_ status: Int32) -> Result<String, Unexpected> {
    defer { process = 0 }
    guard process > 0 else { return .failure(Unexpected("cannot start a process")) }
    switch status {
    case 0: return .success(text)
    case SIGALRM: return .failure(Unexpected("hung"))
    case 1 << 8: return .failure(Unexpected(text))
    default: return .failure(Unexpected("the process ended with wait status \(status)"))
    }
  }

  /// The calls of a run without a failure, as names, with the command for bpf(2).
  var calls: [String] {
    var calls: [String] = []
    while let call = kf_fault_call(fault, UInt64(calls.count + 1))?.pointee {
      let name = kf_call_name(call.call).map { String(cString: $0) } ?? "\(call.call)"
      calls.append(name == "bpf" ? "bpf(\(call.argument))" : name)
    }
    return calls
  }
}
