//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFObjects
internal import BTF

/// The Swift representation of an object's map.
struct MapForm {
  /// The name in the object.
  let name: String
  /// The accessor's type.
  let type: String
  /// Whether the accessor returns a typed map instead of a `MapHandle`.
  let isTyped: Bool

  init(_ map: MapDefinition, in file: ObjectFile, _ catalog: inout TypeCatalog) {
    name = map.name
    let key = MapForm.element(map.keyTypeID, map.keySize, "\(map.name)_key", file, &catalog)
    let value = MapForm.element(map.valueTypeID, map.valueSize, "\(map.name)_value", file, &catalog)
    let typed = MapForm.typed(map, key, value)
    type = "BPF." + (typed ?? "MapHandle")
    isTyped = typed != nil
  }

  /// Returns the Swift name of a key or value type, or `nil` if the type is unknown or its size differs from the map's.
  private static func element(
    _ id: Int, _ size: Int, _ context: String, _ file: ObjectFile, _ catalog: inout TypeCatalog
  ) -> String? {
    guard id != 0, let type = file.types?[id], let form = catalog.form(of: type, in: context),
      form.size == size
    else { return nil }
    return form.name
  }

  private static func typed(_ map: MapDefinition, _ key: String?, _ value: String?) -> String? {
    if let name = keyValueMaps[map.type] {
      guard let key, let value else { return nil }
      return "\(name)<\(key), \(value)>"
    }
    if let name = valueMaps[map.type] { return value.map { "\(name)<\($0)>" } }
    if let name = keyMaps[map.type] { return key.map { "\(name)<\($0)>" } }
    guard map.type == .lpmTrie else { return untypedMaps[map.type] }
    guard let value, let address = [8: "IPv4Address", 20: "IPv6Address"][map.keySize] else { return nil }
    return "LPMTrieMap<BPF.\(address), \(value)>"
  }

  private static let keyValueMaps: [MapType: String] = [
    .hash: "HashMap", .lruHash: "LRUHashMap", .perCPUHash: "PerCPUHashMap",
    .lruPerCPUHash: "LRUPerCPUHashMap",
  ]

  private static let valueMaps: [MapType: String] = [
    .array: "ArrayMap", .perCPUArray: "PerCPUArrayMap", .queue: "QueueMap", .stack: "StackMap",
    .bloomFilter: "BloomFilter", .skStorage: "SocketStorage", .inodeStorage: "InodeStorage",
    .taskStorage: "TaskStorage", .cgrpStorage: "CgroupStorage",
  ]

  private static let keyMaps: [MapType: String] = [.hashOfMaps: "HashOfMaps", .sockHash: "SockHash"]

  private static let untypedMaps: [MapType: String] = [
    .arrayOfMaps: "ArrayOfMaps", .programArray: "ProgramArray", .perfEventArray: "PerfEventArray",
    .cgroupArray: "CgroupArray", .stackTrace: "StackTraceMap", .devMap: "DevMap",
    .devMapHash: "DevMapHash", .cpuMap: "CPUMap", .xskMap: "XSKMap", .sockMap: "SockMap",
    .reuseportSockArray: "ReuseportSockArray",
  ]
}
