//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
public import BTF
public import SystemPackage

/// How an object is loaded.
public struct LoadOptions: Sendable {
  /// The directory where maps are pinned whose definition says by name and not where. It must exist.
  public var pinDirectory: FilePath

  /// What to do with what is pinned already under the name of such a map.
  public var existingPins: ExistingPins

  /// The types of the kernel that the programs are fitted to; nil for those that the running kernel tells.
  ///
  /// Kernels without BTF of their own can be given a file of it.
  public var kernelTypes: BTFTypes?

  /// Options of the kernel's configuration for `__kconfig` externs, as the text of a `.config` file. They count before
  /// those of the running kernel, which has what the text has not. A line `# CONFIG_X is not set` is a comment; to have an
  /// option not set, say `CONFIG_X=n`.
  public var kernelConfiguration: String?

  /// How much the verifier writes about programs that it accepts: nothing, or what ``Program/verifierLog`` then has.
  public var verifierLog: VerifierLogLevel

  /// A BPF token that lends its privileges. Linux 6.9.
  public var token: FileDescriptor?

  /// What is known of the kernel that the object is loaded into.
  package var kernel = KernelSupport.running

  /// What is done with a map that is pinned already.
  public enum ExistingPins: Sendable, Hashable {
    /// It is used, if it is like the object's; if not, loading fails and tells all differences.
    case reuse
    /// A new map takes its place under the name. Programs that use the old one keep it.
    case replace
    /// It is used if it is like the object's. If not, a new map takes its place with all elements of the old one, whose
    /// keys and values must be of the same sizes.
    case migrate
  }

  /// How much the verifier writes about programs that it accepts. About one that it refuses it always writes all.
  public enum VerifierLogLevel: UInt32, Sendable, Hashable {
    /// Nothing.
    case none = 0
    /// How much it had to do, in one line. Linux 5.2.
    case statistics = 4
    /// Each instruction that it looked at.
    case instructions = 1
    /// Each instruction and what was known before it.
    case states = 2
  }

  /// Options, each with its default.
  public init(
    pinDirectory: FilePath = "/sys/fs/bpf", existingPins: ExistingPins = .reuse, kernelTypes: BTFTypes? = nil,
    kernelConfiguration: String? = nil, verifierLog: VerifierLogLevel = .none, token: FileDescriptor? = nil
  ) {
    (self.pinDirectory, self.existingPins, self.kernelTypes) = (pinDirectory, existingPins, kernelTypes)
    (self.kernelConfiguration, self.verifierLog, self.token) = (kernelConfiguration, verifierLog, token)
  }
}
