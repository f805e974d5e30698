//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import SystemPackage

/// A map definition of an object, before the map is created.
///
/// Change its settable properties before loading the object.
public struct MapDefinition: NamedElement {
  /// The name in the object: the variable's, or the section's for global data, such as `.bss`.
  public internal(set) var name: String

  /// The form of the definition.
  public internal(set) var kind: Kind

  /// The type.
  public var type: MapType

  /// The size of a key in bytes.
  public var keySize: Int

  /// The size of a value in bytes.
  public var valueSize: Int

  /// The maximum number of elements; for ring buffers the size in bytes, for arenas in pages.
  ///
  /// 0 for a perf event array means the number of CPUs. The size of a ring buffer is rounded up to one that the
  /// kernel accepts; loading fails if it is 0.
  public var maxEntries: Int

  /// The flags it is created with.
  public var flags: MapCreateFlags

  /// A type-specific value: the number of hashes of a Bloom filter, the address of an arena. `map_extra`.
  public var extra: UInt64

  /// The NUMA node its memory comes from, if ``flags`` hold `MapCreateFlags.numaNode`.
  public var numaNode: Int

  /// Whether loading pins the map, or opens it if it is pinned already.
  ///
  /// Objects for other loaders may have a value that only those define. It is kept, and loading fails until it is
  /// changed to ``Pinning/none`` or ``Pinning/byName``.
  public var pinning: Pinning

  /// The pin path; nil for the map's name in the loader's pin directory.
  ///
  /// Used only if ``pinning`` is not ``Pinning/none``.
  public var pinPath: FilePath?

  /// The type of a key in the object's ``ObjectFile/types``; 0 if not known.
  public internal(set) var keyTypeID: Int

  /// The type of a value in the object's ``ObjectFile/types``; 0 if not known. For global data, the section's.
  public internal(set) var valueTypeID: Int

  /// For maps of maps and program arrays, the initial contents by index.
  ///
  /// A program in an array must be loaded (``ProgramDefinition/isLoaded``), or loading fails: a tail call into an
  /// empty slot silently falls through. Set a slot to nil to leave it empty.
  public var initialValues: [Int: InitialValue]

  /// For global data, the map's initial value; for struct_ops, the structure without its functions. Missing bytes up
  /// to ``valueSize`` are zero.
  ///
  /// Set variables by name: ``ObjectFile/setVariable(_:to:)``.
  public var contents: [UInt8]

  /// For struct_ops, the programs that implement the operations.
  public var operations: Operations?

  /// The only program that may use the map, by its name in the object; nil for any program. Linux 6.18.
  ///
  /// Loading computes the program's hash, and creates the map with it: see ``ObjectFile/hash(ofProgram:_:)``. The
  /// verifier rejects all other programs that use the map, and programs that are loaded later, such as a new version
  /// of this one. User space can still read and write the map.
  public var exclusiveProgram: String?

  /// Whether it is created when the object is loaded.
  ///
  /// The kernel rejects programs that use a map that is not created, unless that use is unreachable.
  ///
  /// Creating a struct_ops map also loads the programs that implement it, including those of optional sections
  /// (`SEC("?struct_ops")`). Programs used only by maps that are not created are not loaded. To leave out one
  /// program, remove it from ``operations``.
  public var isCreated: Bool

  /// An existing map to use instead of creating one; nil to create one.
  ///
  /// Set by ``ObjectFile/use(existing:for:)``. Loading checks that the map fits.
  public var existing: MapHandle?

  // A structure cannot hold itself: none or one.
  private var inner: [MapDefinition]

  /// For a map of maps, the definition of its inner maps.
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
    exclusiveProgram = nil
    (initialValues, contents, operations, isCreated, existing, inner) = ([:], [], nil, true, nil, [])
  }
}

extension MapDefinition {
  /// The form of a map definition.
  @nonexhaustive
  public enum Kind: Sendable, Hashable {
    /// A BTF-defined map: a variable of the section `.maps`.
    case declared
    /// A legacy map: a `struct bpf_map_def` in the section `maps`, as before BTF.
    case legacy
    /// Global variables: `.data` and `.data.*`.
    case data
    /// Global constants: `.rodata` and `.rodata.*`. The map is frozen when the object is loaded.
    case readOnlyData
    /// Zero-initialized global variables: `.bss` and `.bss.*`.
    case zeroed
    /// Options of the kernel's configuration that the programs use: `.kconfig`.
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

    /// Whether programs access its single value directly, at an offset.
    var isUsedInPlace: Bool { isGlobalData || self == .configuration }
  }

  /// Whether a map is pinned.
  ///
  /// A value of another loader keeps its number.
  public struct Pinning: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number in the object.
    public let rawValue: UInt32

    /// Creates a value from a number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Not pinned. `LIBBPF_PIN_NONE`.
    public static let none = Pinning(rawValue: 0)
    /// Pinned by name: objects with the same map share it. `LIBBPF_PIN_BY_NAME`.
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

  /// An initial element of a map of maps or program array.
  @nonexhaustive
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
