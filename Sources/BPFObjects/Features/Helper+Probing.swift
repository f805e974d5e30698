//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFInstructions
public import BPFSyscall

extension Helper {
  private struct Question: Hashable {
    var helper: Helper
    var type: ProgramType
    var attachType: AttachType?
  }

  private static let answers = KernelAnswers<Question, CallAnswer>()

  /// Returns whether the running kernel has the helper, for programs of any type.
  ///
  /// System calls: at the first call `BPF_PROG_LOAD`; later none. Capability: `CAP_BPF`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not load programs.
  public func isSupported() throws(BPFError) -> Bool {
    let type = ProgramType.socketFilter
    let answer = try Helper.answers.get(Question(helper: self, type: type)) { () throws(BPFError) in
      guard let probe = try ProgramProbe(type) else { return .missing }
      return try probe.answer(calling: .call(self), kernelName)
    }
    return answer != .missing
  }

  /// Returns whether the running kernel lets programs of a type call the helper.
  ///
  /// ```swift
  /// if try Helper.ringbufOutput.isSupported(in: .xdp) {
  ///   print("XDP programs can send records to a ring buffer")
  /// }
  /// ```
  ///
  /// The first call has the verifier check a program that calls the helper. The answer is cached.
  ///
  /// System calls: at the first call those of `ProgramType.isSupported()`, and `BPF_PROG_LOAD`; later none. Capabilities:
  /// those of loading such a program; `CAP_PERFMON` to learn that programs may not call a helper, because without it the
  /// kernel hides helpers for tracing.
  ///
  /// - Parameters:
  ///   - type: the program type. Programs of type `struct_ops` are those of `tcp_congestion_ops`.
  ///   - attachType: the attach type, on which the helpers of some types depend, such as `.traceIter`. Nil for the
  ///     type's usual one; for `.tracing` that is `.traceRawTP`, and for `.lsm` `.lsmMAC`.
  /// - Returns: false if the kernel lacks the helper or the program type, or does not let such programs call it.
  /// - Throws: `BPFError`; `BPFError.Code.invalidArgument` for `.ext`, whose helpers are those of the program that it
  ///   extends; otherwise as `ProgramType.isSupported()`.
  public func isSupported(
    in type: ProgramType, for attachType: AttachType? = nil
  ) throws(BPFError) -> Bool { try answer(in: type, for: attachType) == .callable }

  /// Throws an error if the running kernel does not let programs of a type call the helper.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` with the reason: the release that brought the helper or the
  ///   program type, or that such programs may not call it. Otherwise as ``isSupported(in:for:)``.
  public func requireSupport(
    in type: ProgramType, for attachType: AttachType? = nil
  ) throws(BPFError) {
    switch try answer(in: type, for: attachType) {
    case .callable: return
    case .missing:
      try type.requireSupport()
      throw BPFError.absence(of: "helper \(self)", since: minimumKernelVersion)
    case .refused:
      throw BPFError(
        .probe, .unsupported, "this kernel does not let programs of type \(type) call \(self)")
    }
  }

  private func answer(in type: ProgramType, for attachType: AttachType?) throws(BPFError) -> CallAnswer {
    let question = Question(helper: self, type: type, attachType: attachType)
    return try Helper.answers.get(question) { () throws(BPFError) in try probe(in: type, for: attachType) }
  }

  /// Asks the kernel whether programs of a type may call the helper, without the cache.
  func probe(in type: ProgramType, for attachType: AttachType? = nil) throws(BPFError) -> CallAnswer {
    guard let probe = try ProgramProbe.forCalls(type, attachType) else { return .missing }
    return try probe.answer(calling: .call(self), kernelName)
  }
}

extension ProgramType {
  /// Returns the helpers that the running kernel lets programs of this type call, by number.
  ///
  /// System calls: at the first call `BPF_PROG_LOAD` for each helper; later none.
  ///
  /// - Parameter attachType: as in `Helper.isSupported(in:for:)`.
  /// - Returns: empty if the kernel lacks the program type.
  /// - Throws: as `Helper.isSupported(in:for:)`.
  public func supportedHelpers(for attachType: AttachType? = nil) throws(BPFError) -> [Helper] {
    var helpers: [Helper] = []
    for helper in Helper.allKnown where try helper.isSupported(in: self, for: attachType) {
      helpers.append(helper)
    }
    return helpers
  }
}

extension ProgramProbe {
  /// Returns the probe for calls from programs of a type; nil if the kernel lacks the type.
  static func forCalls(_ type: ProgramType, _ attachType: AttachType?) throws(BPFError) -> ProgramProbe? {
    guard type != .ext else {
      throw BPFError(
        .probe, .invalidArgument,
        "a program of type ext may call what the program that it extends may call: ask for that one's type")
    }
    // struct_ops programs are probed without a target, so a kernel without the interface has the type.
    guard try type.isSupported() else { return nil }
    guard let probe = try ProgramProbe(type, for: attachType) else {
      let hook = attachType.map { " for \($0)" } ?? ""
      throw BPFError(
        .probe, .unsupported, "this kernel lacks the target of the smallest program of type \(type)\(hook)")
    }
    return probe
  }
}
