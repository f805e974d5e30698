//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// The properties of a map and its descriptor in /proc/self/fdinfo.
///
/// No system call reports some of them: the charged memory, whether the map is frozen, and the program type of a
/// program array. Fields that the kernel does not print are nil.
public struct MapDescriptorInfo: Hashable, Sendable {
  /// The descriptor's open(2) flags: the access mode and `O_CLOEXEC`.
  public var openFlags: Int32?
  /// The file position, always 0.
  public var position: Int?
  /// The mount id of the anonymous inode.
  public var mountID: Int?
  /// The anonymous inode's number. Linux 5.14.
  public var inode: Int?
  /// The map's type.
  public var type: MapType?
  /// The size of a key in bytes.
  public var keySize: Int?
  /// The size of a value in bytes.
  public var valueSize: Int?
  /// The maximum number of elements.
  public var maxEntries: Int?
  /// The flags that the map was created with.
  public var flags: MapCreateFlags?
  /// The value of ``MapOptions/extra`` at creation. Linux 5.16.
  public var extra: UInt64?
  /// The memory that the map takes, in bytes; may exceed 4 GiB.
  public var memlock: Int?
  /// The map's id. Linux 5.8.
  public var id: MapID?
  /// Whether the map is frozen, so that user space can no longer write it. Linux 5.2.
  public var isFrozen: Bool?
  /// The type of the programs in a program array, `BPF_PROG_TYPE_*`, once it has held one.
  public var ownerProgramType: UInt32?
  /// Whether the programs in a program array are JIT-compiled.
  public var ownerIsJITed: Bool?

  /// Reads /proc/self/fdinfo of an open map.
  init(of descriptor: FileDescriptor, _ map: BPFError.Subject) throws(BPFError) {
    let path = FilePath("/proc/self/fdinfo/\(descriptor.rawValue)")
    do throws(Errno) {
      self.init(parsing: try KernelFile.read(path))
    } catch {
      throw KernelFile.failure(.info, reading: path, error, map, "the map's properties are unknown")
    }
  }

  /// Parses the text of a file in /proc/self/fdinfo. Ignores unknown lines.
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
