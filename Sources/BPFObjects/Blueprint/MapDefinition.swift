//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import SystemPackage

/// A map as an object describes it, before there is one.
///
/// All that is here may be changed before the object is loaded.
public struct MapDefinition: NamedElement {
  /// The name in the object: that of the variable, or of the section for global data, such as `.bss`.
  public internal(set) var name: String

  /// How the object describes it.
  public internal(set) var kind: Kind

  /// The type.
  public var type: MapType

  /// Bytes of a key.
  public var keySize: Int

  /// Bytes of a value.
  public var valueSize: Int

  /// How many elements it can hold; for ring buffers and arenas, how many bytes or pages.
  ///
  /// 0 for a map of events per CPU means as many as there are CPUs. For ring buffers that the kernel would not take, the
  /// next size that it takes is used; 0 is refused when the object is loaded.
  public var maxEntries: Int

  /// The flags it is created with.
  public var flags: MapCreateFlags

  /// What it means depends on the type: for Bloom filters the number of hashes, for arenas the address. `map_extra`.
  public var extra: UInt64

  /// The NUMA node its memory comes from, if ``flags`` hold `MapCreateFlags.numaNode`.
  public var numaNode: Int

  /// Whether it is pinned when the object is loaded, or opened if it is pinned already.
  ///
  /// Objects for other loaders may have a value that means something to those alone. It is kept, and loading is refused
  /// until it is changed to ``Pinning/none`` or ``Pinning/byName``.
  public var pinning: Pinning

  /// Where it is pinned; nil for the default, its name in the directory for pins that the loader uses.
  ///
  /// It counts only where ``pinning`` is not ``Pinning/none``.
  public var pinPath: FilePath?

  /// The type of a key in the object's ``ObjectFile/types``; 0 if not known.
  public internal(set) var keyTypeID: Int

  /// The type of a value in the object's ``ObjectFile/types``; 0 if not known. For global data, the section's.
  public internal(set) var valueTypeID: Int

  /// For maps of maps and arrays of programs, what they hold from the beginning, by index.
  ///
  /// A program that an array holds must be loaded (``ProgramDefinition/isLoaded``), or loading fails: a tail call into an
  /// empty slot goes on behind the call, without a word. Set a slot to nil to leave it empty.
  public var initialValues: [Int: InitialValue]

  /// For global data, the one value the map begins with; for operations of a kernel interface, the structure without its
  /// functions. What is missing behind it, up to ``valueSize``, is zero.
  ///
  /// Variables are set by their names: ``ObjectFile/setVariable(_:to:)``.
  public var contents: [UInt8]

  /// For operations of a kernel interface, which programs implement them.
  public var operations: Operations?

  /// Whether it is created when the object is loaded.
  ///
  /// Programs that use a map that is not created are refused by the kernel, unless they never reach that use.
  ///
  /// A map of a kernel interface that is created brings the programs that implement it, also those of optional sections
  /// (`SEC("?struct_ops")`). Programs that only maps use which are not created are not loaded. To leave out one program, remove
  /// it from ``operations``.
  public var isCreated: Bool

  /// A map that is there already, and used in the place of a new one; nil to create one.
  ///
  /// ``ObjectFile/use(existing:for:)`` sets it. That it fits is checked when the object is loaded.
  public var existing: MapHandle?

  // A structure cannot hold itself: none or one.
  private var inner: [MapDefinition]

  /// For a map of maps, what the maps in it must be like.
  public var innerMap: MapDefinition? {
    get { inner.first }
    set { inner = newValue.map { [$0] } ?? [] }
  }

  init(
    name: String, kind: Kind, type: MapType, keySize: Int = 0, valueSize: Int = 0, maxEntries: Int = 0,
    flags: MapCreateFlags = []
  ) {
    (self.name, self.kind, self.type) = (name, kind, type)
    (self.keySize, self.valueSize, self.maxEntries) = (keySize, valueSize, maxEntries)
    self.flags = flags
    (extra, numaNode, pinning, pinPath) = (0, 0, .none, nil)
    (keyTypeID, valueTypeID) = (0, 0)
    (initialValues, contents, operations, isCreated, existing, inner) = ([:], [], nil, true, nil, [])
  }
}

extension MapDefinition {
  /// How an object describes a map.
  public enum Kind: Sendable, Hashable {
    /// A variable of the section `.maps`, whose type says everything.
    case declared
    /// A variable of the section `maps`, whose value says everything: how it was done before there was BTF.
    case legacy
    /// Global variables: `.data` and `.data.*`.
    case data
    /// Global constants: `.rodata` and `.rodata.*`. The map is frozen when the object is loaded.
    case readOnlyData
    /// Global variables that begin as zeros: `.bss` and `.bss.*`.
    case zeroed
    /// Options of the kernel's configuration that the programs ask for: `.kconfig`.
    case configuration
    /// Operations of a kernel interface: a variable of `.struct_ops` or `.struct_ops.link`.
    case structOps

    /// Whether it is a section of global variables.
    var isGlobalData: Bool {
      switch self {
      case .data, .readOnlyData, .zeroed: true
      default: false
      }
    }

    /// Whether programs use its one value, at places in it.
    var isUsedInPlace: Bool { isGlobalData || self == .configuration }
  }

  /// Whether a map is pinned.
  ///
  /// A value of another loader keeps its number.
  public struct Pinning: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number that the object says.
    public let rawValue: UInt32

    /// A value with a number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// No. `LIBBPF_PIN_NONE`.
    public static let none = Pinning(rawValue: 0)
    /// Under its name: whoever loads an object with the same map shares it. `LIBBPF_PIN_BY_NAME`.
    public static let byName = Pinning(rawValue: 1)

    /// `none`, `by name`, or the number.
    public var description: String {
      switch self {
      case .none: "none"
      case .byName: "by name"
      default: "\(rawValue)"
      }
    }
  }

  /// What a map of maps or an array of programs holds from the beginning.
  public enum InitialValue: Sendable, Hashable {
    /// The map with a name.
    case map(String)
    /// The program with a name.
    case program(String)
  }

  /// The implementation of a kernel interface, such as `tcp_congestion_ops`.
  public struct Operations: Sendable, Hashable {
    /// The structure's name, as the object spells it.
    public internal(set) var typeName: String
    /// The structure, in the object's ``ObjectFile/types``.
    public internal(set) var typeID: Int
    /// The programs, by the name of the member that points to each.
    public var programs: [String: String]
  }
}
