//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFMaps
import KernelFixtures

/// A map under test of a given type, with keys and a value that fit it, and the objects that it needs.
struct MapTypeFixture {
  let map: MapHandle
  /// A key that can have an element.
  var key: [UInt8]
  /// A key without an element, for look-ups.
  var missing: [UInt8]
  /// A key without an element, for updates with `.exist`. Arrays have elements for all valid keys.
  var vacant: [UInt8]
  /// A value; for per-CPU maps that of one CPU.
  var value: [UInt8]
  /// Descriptors and other objects that must outlive the operations.
  var companions: [AnyObject] = []

  private init(_ map: MapHandle, key: [UInt8], missing: [UInt8], vacant: [UInt8]? = nil, value: [UInt8]) {
    (self.map, self.key, self.missing, self.vacant) = (map, key, missing, vacant ?? missing)
    self.value = value
  }

  // MARK: - Creation

  /// Creates a map of `type`, with additional flags.
  init(_ type: MapType, flags: MapCreateFlags = []) throws {
    switch type {
    case .hash, .lruHash, .perCPUHash, .lruPerCPUHash, .rhash: try self.init(plain: type, flags: flags)
    case .array, .perCPUArray: try self.init(array: type, flags: flags)
    case .lpmTrie: try self.init(trie: flags)
    case .stackTrace: try self.init(stackTrace: flags)
    case .queue, .stack, .bloomFilter: try self.init(keyless: type, flags: flags)
    case .ringBuf, .userRingBuf: try self.init(elementless: type, maxEntries: 65536, flags: flags)
    case .arena: try self.init(elementless: type, maxEntries: 4, flags: flags.union(.mmapable))
    case .structOps: try self.init(structOps: flags)
    case .cgroupStorage, .perCPUCgroupStorage: try self.init(attachmentStorage: type, flags: flags)
    case .skStorage, .inodeStorage, .taskStorage, .cgrpStorage: try self.init(storage: type, flags: flags)
    default: try self.init(holding: type, flags: flags)
    }
  }

  private static func create(
    _ type: MapType, key: Int = 4, value: Int, entries: Int = 4, _ options: MapOptions
  ) throws -> MapHandle {
    try MapHandle(
      type: type, name: UniqueName.next(), keySize: key, valueSize: value, maxEntries: entries,
      options: options)
  }

  private init(plain type: MapType, flags: MapCreateFlags) throws {
    let map = try Self.create(type, value: 8, MapOptions(flags: flags.union(type.facts.requiredFlags)))
    self.init(map, key: UInt32(1).bytes, missing: UInt32(2).bytes, value: UInt64(7).bytes)
  }

  private init(array type: MapType, flags: MapCreateFlags) throws {
    let map = try Self.create(type, value: 8, MapOptions(flags: flags))
    self.init(
      map, key: UInt32(1).bytes, missing: UInt32(4).bytes, vacant: UInt32(2).bytes, value: UInt64(7).bytes)
  }

  private init(trie flags: MapCreateFlags) throws {
    let map = try Self.create(.lpmTrie, key: 8, value: 8, MapOptions(flags: flags.union(.noPrealloc)))
    self.init(
      map, key: UInt32(32).bytes + [10, 0, 0, 1], missing: UInt32(32).bytes + [10, 0, 0, 2],
      value: UInt64(7).bytes)
  }

  private init(stackTrace flags: MapCreateFlags) throws {
    // The size also fits a build id.
    let map = try Self.create(.stackTrace, value: 32, MapOptions(flags: flags))
    self.init(
      map, key: UInt32(1).bytes, missing: UInt32(2).bytes, value: [UInt8](repeating: 1, count: 32))
  }

  private init(keyless type: MapType, flags: MapCreateFlags) throws {
    let map = try Self.create(type, key: 0, value: 8, entries: 16, MapOptions(flags: flags))
    self.init(map, key: [], missing: [], value: UInt64(7).bytes)
  }

  private init(elementless type: MapType, maxEntries: Int, flags: MapCreateFlags) throws {
    let map = try Self.create(type, key: 0, value: 0, entries: maxEntries, MapOptions(flags: flags))
    self.init(map, key: [], missing: [], value: [])
  }

  private init(structOps flags: MapCreateFlags) throws {
    let (id, size) = try FixtureBTF.vmlinux("bpf_struct_ops_tcp_congestion_ops")
    let btf = try FixtureDescriptor.btf()
    let options = MapOptions(
      flags: flags, btf: .init(descriptor: btf.fileDescriptor, keyTypeID: 0, valueTypeID: 0),
      vmlinuxValueTypeID: id)
    let map = try Self.create(.structOps, value: size, entries: 1, options)
    self.init(
      map, key: UInt32(0).bytes, missing: UInt32(1).bytes, value: [UInt8](repeating: 1, count: size))
    companions = [btf]
  }

  /// Creates cgroup storage. Elements exist while a program that uses the map is attached to a cgroup.
  private init(attachmentStorage type: MapType, flags: MapCreateFlags) throws {
    let map = try Self.create(type, key: 16, value: 8, entries: 0, MapOptions(flags: flags))
    let cgroup = try TemporaryCgroup()
    let attachType = UInt64(1)  // BPF_CGROUP_INET_EGRESS; 4 bytes of it, 4 of padding
    self.init(
      map, key: cgroup.id.bytes + attachType.bytes, missing: UInt64(1).bytes + attachType.bytes,
      value: UInt64(7).bytes)
    companions = [cgroup]
    // The verifier rejects a helper call that needs access that the map does not allow.
    guard flags.isDisjoint(with: [.readOnlyProgram, .writeOnlyProgram]) else { return }
    let program = try map.withFileDescriptor { try FixtureDescriptor.cgroupStorageProgram(map: $0) }
    try cgroup.attach(program)
    companions.append(program)
  }

  /// Creates local storage of sockets, inodes, tasks, and cgroups, which is keyed by a descriptor.
  private init(storage type: MapType, flags: MapCreateFlags) throws {
    let btf = try FixtureDescriptor.btf()
    let types = MapOptions.BTF(
      descriptor: btf.fileDescriptor, keyTypeID: FixtureBTF.int32, valueTypeID: FixtureBTF.int32)
    let map = try Self.create(
      type, value: 4, entries: 0, MapOptions(flags: flags.union(.noPrealloc), btf: types))
    let notOpen = Int32(-1).bytes
    switch type {
    case .skStorage:
      let (socket, other) = try FixtureDescriptor.socketPair()
      self.init(map, key: socket.bytes, missing: other.bytes, value: UInt32(7).bytes)
      companions = [socket, other]
    case .inodeStorage:
      let (file, other) = (try FixtureDescriptor.temporaryFile(), try FixtureDescriptor.temporaryFile())
      self.init(map, key: file.bytes, missing: other.bytes, value: UInt32(7).bytes)
      companions = [file, other]
    case .taskStorage:
      let process = try FixtureDescriptor.pidfd()
      self.init(map, key: process.bytes, missing: notOpen, value: UInt32(7).bytes)
      companions = [process]
    default:
      let cgroup = try TemporaryCgroup()
      self.init(map, key: cgroup.descriptor.bytes, missing: notOpen, value: UInt32(7).bytes)
      companions = [cgroup]
    }
  }

  /// Creates a map that holds kernel objects.
  private init(holding type: MapType, flags: MapCreateFlags) throws {
    let object = try HeldObject(for: type)
    let map = try Self.create(
      type, value: object.bytes.count, entries: type == .cpuMap ? 2 : 4,
      MapOptions(flags: flags, innerMap: object.template))
    self.init(map, key: UInt32(1).bytes, missing: UInt32(3).bytes, value: object.bytes)
    companions = object.companions
  }

  // MARK: - Operations for per-CPU and other maps

  func update(_ key: [UInt8], flags: MapFlags = []) throws {
    if map.type.isPerCPU {
      let count = try PossibleCPUs.current().count
      try map.updatePerCPU(key, to: Array(repeating: value, count: count), flags: flags)
    } else {
      try map.update(key, to: value, flags: flags)
    }
  }

  /// Returns whether there is an element for `key`.
  func lookup(_ key: [UInt8], flags: MapFlags = []) throws -> Bool {
    map.type.isPerCPU
      ? try map.lookupPerCPU(key, flags: flags) != nil : try map.lookup(key, flags: flags) != nil
  }

  func lookupAndDelete(_ key: [UInt8]) throws -> Bool {
    map.type.isPerCPU ? try map.lookupAndDeletePerCPU(key) != nil : try map.lookupAndDelete(key) != nil
  }

  /// Writes the element for `key`, if user space may write elements of this type.
  func fill() { try? update(key) }
}

/// The value that stands for a kernel object in a map of objects.
private struct HeldObject {
  var bytes: [UInt8]
  var companions: [AnyObject]
  var template: MapHandle?

  init(for type: MapType) throws {
    switch type {
    case .programArray: self.init(try .program())
    case .perfEventArray: self.init(try .perfEvent())
    case .xskMap: self.init(try .xdpSocket())
    case .sockMap, .sockHash: self.init(try .listeningSocket())
    case .reuseportSockArray:
      self.init(try .reuseportSocket())
      bytes += [0, 0, 0, 0]
    case .cgroupArray:
      let cgroup = try TemporaryCgroup()
      self.init(cgroup.descriptor)
      companions.append(cgroup)
    case .arrayOfMaps, .hashOfMaps:
      let inner = try MapHandle.fixture(.array)
      self.init(bytes: inner.withFileDescriptor { $0.rawValue.bytes }, companions: [inner], template: inner)
    case .cpuMap: self.init(bytes: UInt32(192).bytes)  // the length of the CPU's queue
    default: self.init(bytes: UInt32(1).bytes)  // the loopback device
    }
  }

  private init(_ descriptor: FixtureDescriptor) {
    self.init(bytes: descriptor.bytes, companions: [descriptor])
  }

  private init(bytes: [UInt8], companions: [AnyObject] = [], template: MapHandle? = nil) {
    (self.bytes, self.companions, self.template) = (bytes, companions, template)
  }
}
