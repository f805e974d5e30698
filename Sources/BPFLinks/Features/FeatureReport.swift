//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFInstructions
internal import BPFMaps
public import BPFObjects
public import BPFSyscall
internal import BTF

/// The features of the running kernel that the library can probe for.
///
/// ```swift
/// let report = FeatureReport.probe()
/// for feature in report.features where feature.kind == .programType {
///   print(feature.name, feature.minimumKernelVersion ?? "?", feature.answer)
/// }
/// print(report.helpers[.xdp]?.contains(.ringbufOutput) == true)
/// ```
public struct FeatureReport: Sendable {
  /// A kind of features.
  @nonexhaustive
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Features of bpf(2) itself: `KernelFeature`.
    case general = "general"
    /// Program types: `ProgramType`.
    case programType = "program_type"
    /// Map types: `MapType`.
    case mapType = "map_type"
    /// Flags of map creation: `MapCreateFlags`.
    case mapFlag = "map_flag"
    /// Attach types: `AttachType`.
    case attachType = "attach_type"
    /// Link types: ``LinkType``.
    case linkType = "link_type"
    /// Kinds of BTF: `BTFKind`.
    case btfKind = "btf_kind"
    /// Helpers, for programs of any type: `Helper`.
    case helper = "helper"
  }

  /// The kernel's answer to a probe.
  public enum Answer: Sendable {
    /// The kernel has the feature.
    case supported
    /// The kernel lacks the feature.
    case unsupported
    /// The kernel gave no answer, for example because the caller lacks a capability.
    case unknown(BPFError)

    /// Whether the kernel has the feature; nil if it gave no answer.
    public var isSupported: Bool? {
      switch self {
      case .supported: true
      case .unsupported: false
      case .unknown: nil
      }
    }

    init(_ probe: () throws(BPFError) -> Bool) {
      do throws(BPFError) {
        self = try probe() ? .supported : .unsupported
      } catch {
        self = .unknown(error)
      }
    }
  }

  /// A feature, and the kernel's answer.
  public struct Feature: Sendable {
    /// The kind.
    public let kind: Kind
    /// The kernel's name, such as `xdp`.
    public let name: String
    /// The first Linux release with the feature, such as `4.8`.
    public let minimumKernelVersion: String?
    /// The kernel's answer.
    public let answer: Answer
  }

  /// The release of the kernel, such as `6.18.44-generic`.
  public let kernelRelease: String

  /// All features, by kind and then by number.
  public let features: [Feature]

  /// The helpers that programs of each type may call. It has no value for a type that the kernel lacks, or does not
  /// answer for, and for `.ext`, whose helpers are those of the program that it extends.
  public let helpers: [ProgramType: [Helper]]

  /// The kernel's kfuncs, without those of modules; empty on kernels that do not mark them. See `Kfunc.all()`.
  public let kfuncs: [Kfunc]
}

// MARK: - Probing

extension FeatureReport {
  /// Asks the running kernel for all features. Answers that the process already has are not asked for again.
  ///
  /// System calls: about seven thousand at the first call, most of them `BPF_PROG_LOAD`, one for each helper and program
  /// type: a fraction of a second. Capabilities: all of `CAP_BPF`, `CAP_PERFMON` and `CAP_NET_ADMIN`; without one, the
  /// answers that need it are `unknown`.
  public static func probe() -> FeatureReport {
    var helpers: [ProgramType: [Helper]] = [:]
    for type in ProgramType.allKnown where type != .ext && (try? type.isSupported()) == true {
      helpers[type] = try? type.supportedHelpers()
    }
    return FeatureReport(
      kernelRelease: KernelRelease.runningText, features: allFeatures(), helpers: helpers,
      kfuncs: (try? Kfunc.all()) ?? [])
  }

  private static func allFeatures() -> [Feature] {
    var features: [Feature] = []
    func add(
      _ kind: Kind, _ name: String, _ release: String?, _ probe: () throws(BPFError) -> Bool
    ) {
      features.append(Feature(kind: kind, name: name, minimumKernelVersion: release, answer: Answer(probe)))
    }
    for feature in KernelFeature.allCases {
      add(.general, feature.description, feature.minimumKernelVersion, feature.isSupported)
    }
    for type in ProgramType.allKnown {
      add(.programType, type.kernelName, type.minimumKernelVersion, type.isSupported)
    }
    for type in MapType.allKnown {
      add(.mapType, type.kernelName, type.minimumKernelVersion, type.isSupported)
    }
    // A flag of pins, which no map type takes.
    for (name, flag) in MapCreateFlags.named where flag != .pathDescriptor {
      add(.mapFlag, name, flag.minimumKernelVersion) { () throws(BPFError) in try flag.isSupported() }
    }
    for type in AttachType.allKnown {
      add(.attachType, type.kernelName, type.minimumKernelVersion, type.isSupported)
    }
    for type in LinkType.allKnown {
      add(.linkType, type.kernelName, type.minimumKernelVersion, type.isSupported)
    }
    for kind in BTFKind.allCases where kind != .void {
      add(.btfKind, kind.description, kind.minimumKernelVersion, kind.isSupported)
    }
    for helper in Helper.allKnown {
      add(.helper, helper.kernelName, helper.minimumKernelVersion, helper.isSupported)
    }
    return features
  }
}
