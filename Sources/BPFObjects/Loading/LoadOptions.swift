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
  /// The directory where maps are pinned whose definition says by name and not where. It is created (mode 0700) if only its
  /// last component is missing.
  public var pinDirectory: FilePath

  /// Whether all programs and maps of the object are pinned in ``pinDirectory``, each under its name, as
  /// ``Object/pin(in:)`` does. With ``existingPins`` other than ``ExistingPins/reuse`` their pins replace those of an older
  /// version of the object, in one step with those of shared maps.
  public var pinsEverything: Bool

  /// What to do with the pins that exist already under the names of the object's parts.
  ///
  /// Shared maps are those that the object declares as pinned (``MapDefinition/pinning``). Programs and other maps are
  /// pinned only with ``pinsEverything``.
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

  /// What is done with pins that exist already.
  ///
  /// A shared map is like the object's if it has the type, sizes, flags and types that this kernel gives to the map that the
  /// object declares. The kernel and the loader change some of what an object declares: `BPF_F_RDONLY_PROG` of a devmap,
  /// the size of a ring buffer, `max_entries` of an LRU map with a list for each CPU. Such changes are not differences.
  ///
  /// Pins are replaced by rename(2), so that at no time a name is missing. A new pin gets the owner and the permissions of
  /// the one that it replaces. Attachments, and programs that use an old map, keep the old objects.
  public enum ExistingPins: Sendable, Hashable {
    /// A shared map is used if it is like the object's; if not, loading fails with all differences. If another part is
    /// pinned already, loading fails. Nothing is touched in either case.
    case reuse
    /// New objects take the names.
    case replace
    /// A shared map is used if it is like the object's. If not, a new map takes its name with all elements of the old one,
    /// whose keys and values must be of the same sizes. New programs and other maps take the names of the old ones, and no
    /// elements of them. Ring buffers and perf event arrays of another size begin empty: their readers open them again.
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
    kernelConfiguration: String? = nil, verifierLog: VerifierLogLevel = .none, token: FileDescriptor? = nil,
    pinsEverything: Bool = false
  ) {
    self.pinsEverything = pinsEverything
    (self.pinDirectory, self.existingPins, self.kernelTypes) = (pinDirectory, existingPins, kernelTypes)
    (self.kernelConfiguration, self.verifierLog, self.token) = (kernelConfiguration, verifierLog, token)
  }
}
