//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CFuzzer
import Glibc

/// The fuzzer in the toolchain's sanitizer.
public enum Fuzzer {
  nonisolated(unsafe) private static var test: ([UInt8]) -> Void = { _ in }

  /// Runs the fuzzer with the process's arguments, and calls `test` for each input.
  public static func run(_ test: @escaping ([UInt8]) -> Void) -> Never {
    Fuzzer.test = test
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(
      LLVMFuzzerRunDriver(&count, &arguments) { data, count in
        // The copy has exactly the input's size, so that the sanitizer detects reads past the end.
        Fuzzer.test(Array(UnsafeBufferPointer(start: data, count: count)))
        return 0
      })
  }

  /// Returns the result of `body`, or `nil` for an expected error. Errors of other kinds or without a reason are
  /// findings.
  public static func attempt<Value>(
    _ codes: BPFError.Code..., body: () throws(BPFError) -> Value
  ) -> Value? {
    do throws(BPFError) {
      return try body()
    } catch {
      require(codes.contains(error.code), "an unexpected error: \(error)")
      require(!error.explanation.isEmpty, "an error without a reason: \(error)")
      return nil
    }
  }

  /// Ends the process, which is a finding, unless a condition holds that must hold for every input.
  public static func require(_ condition: Bool, _ otherwise: @autoclosure () -> String) {
    if !condition { fatalError(otherwise()) }
  }

  /// Uses a value in a way that the compiler cannot optimize away.
  @inline(never)
  @_optimize(none)
  public static func use<Value>(_ value: Value) {}
}
