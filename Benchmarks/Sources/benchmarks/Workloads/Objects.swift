//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import CReference
internal import SystemPackage

extension Workload {
  /// Reads and loads compiled objects, compared with libbpf. Includes closing everything again.
  static var objects: [Workload] {
    [
      load("load-120-programs", 120, ["MANY"]),
      load("load-120-programs-core", 120, ["MANY", "CORE"]),
      load("load-1-program", 1, []),
      load("load-1-program-core", 1, ["CORE"]),
      object("open-120-programs", 120, ["MANY"], libbpf_open_object) { path in
        let file = try ObjectFile(path)
        return UInt64(file.programs.count + file.maps.count)
      },
      object("open-120-programs-core", 120, ["MANY", "CORE"], libbpf_open_object) { path in
        let file = try ObjectFile(path)
        return UInt64(file.programs.count + file.maps.count)
      },
    ]
  }

  private static func load(_ operation: String, _ programs: Int, _ definitions: [String]) -> Workload {
    object(operation, programs, definitions, libbpf_load_object) { path in
      let object = try ObjectFile(path).load()
      return UInt64(object.programs.count + object.maps.count)
    }
  }

  private static func object(
    _ operation: String, _ programs: Int, _ definitions: [String],
    _ byLibbpf: @escaping (UnsafePointer<CChar>?) -> UInt64,
    _ byLibrary: @escaping (FilePath) throws -> UInt64
  ) -> Workload {
    var workload = whole("object", operation, programs) {
      let object = try CompiledObject("programs", definitions)
      return [
        Implementation("libbpf") { _ in object.path.withPlatformString(byLibbpf) },
        Implementation("ObjectFile") { _ in try byLibrary(object.path) },
      ]
    }
    if libbpf_is_available() == 0 { workload.obstacle = "libbpf.so.1 is not installed" }
    return workload
  }
}
