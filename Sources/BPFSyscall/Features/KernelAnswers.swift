//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// Cached answers of the kernel to questions of one kind, such as whether it has a map type. See ``KernelAnswer``.
///
/// Two callers that ask the same question at the same time may both ask the kernel.
package final class KernelAnswers<Question: Hashable & Sendable, Answer: Sendable>: Sendable {
  private let known = Mutex<[Question: Answer]>([:])

  /// Creates an instance without answers.
  package init() {}

  /// Returns the answer to a question, asking the kernel if it is unknown.
  ///
  /// - Parameter ask: asks the kernel. It throws if the kernel gives no answer.
  /// - Throws: the error that `ask` throws.
  package func get<E: Error>(_ question: Question, _ ask: () throws(E) -> Answer) throws(E) -> Answer {
    if let answer = known.withLock({ $0[question] }) { return answer }
    let answer = try ask()
    known.withLock { $0[question] = answer }
    return answer
  }
}
