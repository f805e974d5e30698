//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// An object's BTF, loaded into the kernel.
final class LoadedTypes: Sendable {
  private let descriptor: OwnedDescriptor
  /// Whether the types include functions, which function and line information requires.
  let hasFunctions: Bool

  init(_ descriptor: consuming OwnedDescriptor, hasFunctions: Bool) {
    self.descriptor = descriptor
    self.hasFunctions = hasFunctions
  }

  /// The descriptor, valid while this object exists.
  var borrowed: FileDescriptor { descriptor.borrowed }
}

extension ObjectTypes {
  /// The outcome of loading an object's types.
  struct Outcome {
    /// The types in the kernel; nil if the object is loaded without them.
    var types: LoadedTypes?
    /// The names that were replaced for the kernel, as a sentence.
    var renaming: String?
    /// The kernel's reason for rejecting the types; nil if it accepted them.
    var refusal: String?

    /// Warnings about replaced or rejected types.
    var warnings: [String] {
      [
        renaming,
        refusal.map { "the object is loaded without its types (BTF), which the kernel refuses: \($0)" },
      ]
      .compactMap(\.self)
    }

    /// Adds the reason for omitted types to an error of a later step, since that may be its cause. The reason comes
    /// first if the error mentions BTF.
    func explaining(_ error: BPFError) -> BPFError {
      guard let refusal else { return error }
      var error = error
      let reason = "the kernel refuses the object's types (BTF): \(refusal)"
      let asksForTypes = error.explanation.contains("BTF") || error.explanation.contains("btf")
      let parts = asksForTypes ? [reason, error.explanation] : [error.explanation, "note: \(reason)"]
      error.explanation = parts.filter { !$0.isEmpty }.joined(separator: "\n")
      return error
    }
  }

  /// Loads the object's types. The outcome has no types if the object has none, or if the kernel rejects them and the
  /// object does not require them.
  ///
  /// Replaces type kinds that the kernel lacks, and names that no kernel accepts.
  static func load(_ file: ObjectFile, _ options: LoadOptions) throws(BPFError) -> Outcome {
    do throws(BPFError) {
      return try loadTypes(of: file, options)
    } catch {
      // The error names the part of the object that needs the types.
      guard !error.isRefusalOfTypes, error.operation == .load else { throw error }
      var error = error
      let types = "the types (BTF) of the object '\(file.name)'"
      error.explanation = error.explanation.isEmpty ? types : "\(types): \(error.explanation)"
      throw error
    }
  }

  private static func loadTypes(
    of file: ObjectFile, _ options: LoadOptions
  ) throws(BPFError) -> Outcome {
    let kernel = options.kernel
    guard let types = file.types, !kernel.isKnownToLack(.types) || TypeRequirement.first(in: file) != nil
    else {
      return Outcome()
    }
    let object = encoded(file, types)
    var refusal: BPFError?
    if kernel.knownTypeFeatures == nil || kernel.knownTypeFeatures == .all {
      do throws(BPFError) {
        let descriptor = try BTFHandle.loadWithoutHandle(object, token: options.token)
        return Outcome(types: LoadedTypes(descriptor, hasFunctions: true))
      } catch {
        guard error.isRefusalOfTypes else { throw error }
        if kernel.lacks(.types) { return try absent(file, error) }
        refusal = error
      }
    }
    do throws(BPFError) {
      return try loadRepaired(object, try kernel.typeFeatures(), options)
    } catch {
      // If the types cannot be rewritten, reports the kernel's own error.
      let reason = error.operation == .writeBTF ? refusal ?? error : error
      guard reason.isRefusalOfTypes else { throw reason }
      return try refused(file, reason)
    }
  }

  /// Replaces unknown kinds and invalid names, and loads the result.
  private static func loadRepaired(
    _ object: [UInt8], _ features: BTFFeatures, _ options: LoadOptions
  ) throws(BPFError) -> Outcome {
    let types = try BTFTypes(object)
    var builder = BTFBuilder(copying: types)
    builder.sanitize(for: features)
    let repair = builder.repair()
    let descriptor = try BTFHandle.loadWithoutHandle(
      builder.encoded(keepingNamesOf: types), token: options.token)
    return Outcome(
      types: LoadedTypes(descriptor, hasFunctions: features.contains(.functions)),
      renaming: repair.renaming)
  }

  /// Returns the outcome for a kernel without BTF for maps and programs.
  private static func absent(_ file: ObjectFile, _ refusal: BPFError) throws(BPFError) -> Outcome {
    guard let requirement = TypeRequirement.first(in: file) else { return Outcome() }
    var error = refusal
    (error.code, error.explanation) = (
      .unsupported, "\(KernelFeature.types.absence); \(requirement.description)"
    )
    throw error
  }

  /// Returns the outcome for types that the kernel rejects.
  private static func refused(_ file: ObjectFile, _ refusal: BPFError) throws(BPFError) -> Outcome {
    let reason = BTFLog.reason(in: refusal.log ?? "") ?? "no reason in its log"
    guard let requirement = TypeRequirement.first(in: file) else { return Outcome(refusal: reason) }
    var error = refusal
    error.explanation = "the kernel refuses the object's types: \(reason); \(requirement.description)"
    throw error
  }
}

extension BPFError {
  /// Whether the kernel rejected the types as invalid.
  fileprivate var isRefusalOfTypes: Bool {
    switch errno {
    case .invalidArgument, .notSupportedByKernel, .notSupported, .argListTooLong: operation == .load
    default: false
    }
  }
}

extension BTFRepair {
  /// The names that were replaced for the kernel, as a sentence; nil if there are none.
  fileprivate var renaming: String? {
    // Newer kernels accept a dot.
    let worst = renamed.first {
      $0.name.contains { !$0.isASCII || !($0.isLetter || $0.isNumber || "._".contains($0)) }
    }
    guard let (name, replacement) = worst ?? renamed.first else { return nil }
    let others = Set(renamed.map(\.name)).count - 1
    return
      "the kernel refuses the name '\(name)' in the object's types (BTF), and knows it as '\(replacement)'"
      + (others > 0 ? "; so it is with \(others) more" : "")
  }
}
