//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

extension BTFBuilder {
  /// Changes a type where it is, by a closure that throws errors of its own. See ``update(_:_:)``, which takes closures
  /// that throw nothing, or `BPFError`.
  ///
  /// - Throws: the error that `change` throws, or `BPFError`.
  public mutating func update<E: Error>(
    _ id: Int, _ change: (inout BTFDefinition) throws(E) -> Void
  ) throws {
    var failure: E?
    // The error's type says that this is the call that takes closures without errors.
    do throws(BPFError) {
      try update(id) { definition in
        do throws(E) { try change(&definition) } catch { failure = error }
      }
    } catch {
      throw error
    }
    if let failure { throw failure }
  }
}
