//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension BTFKind {
  /// Returns whether the running kernel takes types of this kind in BTF for maps and programs.
  ///
  /// System calls: at the first call those of ``BTFFeatures/running()``; later none. Capability: `CAP_BPF`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not load BTF.
  public func isSupported() throws(BPFError) -> Bool {
    guard let feature else { return try KernelFeature.types.isSupported() }
    return try KernelSupport.running.typeFeatures().contains(feature)
  }

  /// Throws an error if the running kernel does not take types of this kind.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` with the release that brought the kind, and otherwise as
  ///   ``isSupported()``.
  public func requireSupport() throws(BPFError) {
    guard try !isSupported() else { return }
    throw BPFError.absence(of: "BTF of kind \(self)", since: minimumKernelVersion)
  }

  /// The first Linux release that takes types of this kind, such as `5.13`.
  public var minimumKernelVersion: String {
    switch self {
    case .function, .functionPrototype: "5.0"
    case .variable, .dataSection: "5.2"
    case .float: "5.13"
    case .declarationTag: "5.16"
    case .typeTag: "5.17"
    case .enumeration64: "6.0"
    default: KernelFeature.types.minimumKernelVersion
    }
  }

  /// The feature that brought the kind; nil for those of the first kernel with BTF.
  private var feature: BTFFeatures? {
    switch self {
    case .function, .functionPrototype: .functions
    case .variable, .dataSection: .dataSections
    case .float: .floats
    case .declarationTag: .declarationTags
    case .typeTag: .typeTags
    case .enumeration64: .enumerations64
    default: nil
    }
  }
}
