//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CFuzzer
import Glibc

/// The fuzzer that is in the toolchain's sanitizer.
public enum Fuzzer {
  nonisolated(unsafe) private static var test: ([UInt8]) -> Void = { _ in }

  /// Runs the fuzzer as the process's arguments say, with what is to be done with each input.
  public static func run(_ test: @escaping ([UInt8]) -> Void) -> Never {
    Fuzzer.test = test
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(
      LLVMFuzzerRunDriver(&count, &arguments) { data, count in
        // A copy of exactly the input's size: the sanitizer sees who reads behind it.
        Fuzzer.test(Array(UnsafeBufferPointer(start: data, count: count)))
        return 0
      })
  }

  /// What a body makes, or nil for an error; one that does not say what is wrong is a finding.
  public static func attempt<Value>(
    _ codes: BPFError.Code..., body: () throws(BPFError) -> Value
  ) -> Value? {
    do throws(BPFError) {
      return try body()
    } catch {
      require(codes.contains(error.code), "an error of another kind: \(error)")
      require(!error.explanation.isEmpty, "an error without a reason: \(error)")
      return nil
    }
  }

  /// Ends the process, which is a finding, unless something holds that must hold whatever the input is.
  public static func require(_ condition: Bool, _ otherwise: @autoclosure () -> String) {
    if !condition { fatalError(otherwise()) }
  }

  /// Has a value made that nobody looks at.
  @inline(never)
  @_optimize(none)
  public static func use<Value>(_ value: Value) {}
}
