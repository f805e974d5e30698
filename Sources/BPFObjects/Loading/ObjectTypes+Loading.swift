//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// An object's types in the kernel.
final class LoadedTypes: Sendable {
  private let descriptor: OwnedDescriptor
  /// Whether functions are among them, so that programs can say which of their instructions are which.
  let hasFunctions: Bool

  init(_ descriptor: consuming OwnedDescriptor, hasFunctions: Bool) {
    self.descriptor = descriptor
    self.hasFunctions = hasFunctions
  }

  /// The descriptor, good as long as somebody holds this.
  var borrowed: FileDescriptor { descriptor.borrowed }
}

extension ObjectTypes {
  /// The outcome of loading an object's types.
  struct Outcome {
    /// The types in the kernel; nil if the object is loaded without them.
    var types: LoadedTypes?
    /// The names that the kernel knows otherwise than the object, as a sentence.
    var renaming: String?
    /// The kernel's reason to refuse the types.
    var refusal: String?

    /// What the kernel did not accept as it is.
    var warnings: [String] {
      [
        renaming,
        refusal.map { "the object is loaded without its types (BTF), which the kernel refuses: \($0)" },
      ]
      .compactMap(\.self)
    }

    /// Returns an error of a later step with the reason why the types were left out, since that may be its cause. Where
    /// the kernel asks for types, the reason comes first.
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

  /// Loads the object's types. The outcome has none if the object has none, or does without those that the kernel
  /// refuses.
  ///
  /// A kernel that lacks kinds of types is given others in their place. Names that no kernel accepts are replaced.
  static func load(_ file: ObjectFile, _ options: LoadOptions) throws(BPFError) -> Outcome {
    do throws(BPFError) {
      return try loadTypes(of: file, options)
    } catch {
      // A refusal names the part of the object that needs the types.
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
      // Types that cannot even be written anew are told as the kernel told them.
      let reason = error.operation == .writeBTF ? refusal ?? error : error
      guard reason.isRefusalOfTypes else { throw reason }
      return try refused(file, reason)
    }
  }

  /// Loads types after it has replaced what the kernel does not know and what it does not accept.
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

  /// The outcome where the kernel has no types of maps and programs at all.
  private static func absent(_ file: ObjectFile, _ refusal: BPFError) throws(BPFError) -> Outcome {
    guard let requirement = TypeRequirement.first(in: file) else { return Outcome() }
    var error = refusal
    (error.code, error.explanation) = (
      .unsupported, "\(KernelFeature.types.absence); \(requirement.description)"
    )
    throw error
  }

  /// The outcome where the kernel refuses the types.
  private static func refused(_ file: ObjectFile, _ refusal: BPFError) throws(BPFError) -> Outcome {
    let reason = BTFLog.reason(in: refusal.log ?? "") ?? "no reason in its log"
    guard let requirement = TypeRequirement.first(in: file) else { return Outcome(refusal: reason) }
    var error = refusal
    error.explanation = "the kernel refuses the object's types: \(reason); \(requirement.description)"
    throw error
  }
}

extension BPFError {
  /// Whether the kernel found something in the types that it does not accept.
  fileprivate var isRefusalOfTypes: Bool {
    switch errno {
    case .invalidArgument, .notSupportedByKernel, .notSupported, .argListTooLong: operation == .load
    default: false
    }
  }
}

extension BTFRepair {
  /// The names that the kernel knows otherwise than the object, as a sentence; nil if there are none.
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
