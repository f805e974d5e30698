//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// What /proc/self/fdinfo tells of a map's descriptor, and through it of the map.
///
/// Some of it is to be had nowhere else: the memory charged, whether the map is frozen, and what kind of program
/// a program array has settled on. Fields the kernel does not print are nil.
public struct MapDescriptorInfo: Hashable, Sendable {
  /// The descriptor's flags, as of open(2): access mode and `O_CLOEXEC`.
  public var openFlags: Int32?
  /// The file position, always 0.
  public var position: Int?
  /// The mount of the anonymous inode.
  public var mountID: Int?
  /// The anonymous inode's number. Linux 5.14.
  public var inode: Int?
  /// The map's type.
  public var type: MapType?
  /// Bytes of a key.
  public var keySize: Int?
  /// Bytes of a value.
  public var valueSize: Int?
  /// How many elements it may hold.
  public var maxEntries: Int?
  /// The flags it was created with.
  public var flags: MapCreateFlags?
  /// What ``MapOptions/extra`` was. Linux 5.16.
  public var extra: UInt64?
  /// Bytes of memory the map takes; may exceed 4 GiB.
  public var memlock: Int?
  /// The map's id. Linux 5.8.
  public var id: MapID?
  /// Whether user space may no longer write the map. Linux 5.2.
  public var isFrozen: Bool?
  /// For a program array that a program has been put in, that program's type: `BPF_PROG_TYPE_*`.
  public var ownerProgramType: UInt32?
  /// Whether that program runs as machine code.
  public var ownerIsJITed: Bool?

  /// Reads the file in /proc/self/fdinfo of an open map.
  init(of descriptor: FileDescriptor, _ map: BPFError.Subject) throws(BPFError) {
    let path = FilePath("/proc/self/fdinfo/\(descriptor.rawValue)")
    do throws(Errno) {
      self.init(parsing: try KernelFile.read(path))
    } catch {
      throw KernelFile.failure(.info, reading: path, error, map, "what it tells of the map is not known")
    }
  }

  /// Parses the text of a file in /proc/self/fdinfo. Lines it does not know are passed over.
  init(parsing text: String) {
    var fields: [Substring: Substring] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      fields[parts[0]] = parts[1].drop { $0 == "\t" || $0 == " " }
    }
    func number<Number: FixedWidthInteger>(_ name: Substring) -> Number? {
      guard let text = fields[name] else { return nil }
      return text.hasPrefix("0x") ? Number(text.dropFirst(2), radix: 16) : Number(text)
    }
    openFlags = fields["flags"].flatMap { Int32($0, radix: 8) }
    position = number("pos")
    mountID = number("mnt_id")
    inode = number("ino")
    type = number("map_type").map(MapType.init(rawValue:))
    keySize = number("key_size")
    valueSize = number("value_size")
    maxEntries = number("max_entries")
    flags = number("map_flags").map(MapCreateFlags.init(rawValue:))
    extra = number("map_extra")
    memlock = number("memlock")
    id = number("map_id").map(MapID.init(rawValue:))
    isFrozen = number("frozen").map { (frozen: Int) in frozen != 0 }
    ownerProgramType = number("owner_prog_type")
    ownerIsJITed = number("owner_jited").map { (jited: Int) in jited != 0 }
  }
}
